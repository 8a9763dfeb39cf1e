// Writes `FILE.gz` beside each text of the build, so that the server compresses none of them for each visitor.
// Run after `vite build`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants, gzipSync } from "node:zlib";

for (const folder of ["../dist/", "../dist/assets/"].map((path) => new URL(path, import.meta.url))) {
  for (const name of readdirSync(folder)) {
    if (!/\.(html|js|css|svg)$/.test(name)) continue;
    const text = readFileSync(new URL(name, folder));
    writeFileSync(new URL(`${name}.gz`, folder), gzipSync(text, { level: constants.Z_BEST_COMPRESSION }));
  }
}
