// Writes `FILE.gz` beside each script and style of the build, so that the server compresses none of them for each visitor.
// Run after `vite build`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants, gzipSync } from "node:zlib";

const assets = new URL("../dist/assets/", import.meta.url);
for (const name of readdirSync(assets)) {
  if (!/\.(js|css|svg)$/.test(name)) continue;
  const text = readFileSync(new URL(name, assets));
  writeFileSync(new URL(`${name}.gz`, assets), gzipSync(text, { level: constants.Z_BEST_COMPRESSION }));
}
