/** How much script a browser must load before the first chart: the entry of the built page and all that it imports at once. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Scenario } from "../scenario.ts";

export const webSize: Scenario = {
  name: "web-size",
  summary: "gzip size of the scripts and styles that index.html loads (not those loaded later, on demand)",
  async run({ root }) {
    const dist = join(root, "packages/web/dist");
    if (!existsSync(join(dist, "index.html")))
      throw new Error("packages/web/dist is missing: run `npm run build` first");
    const html = readFileSync(join(dist, "index.html"), "utf8");
    const linked = [...html.matchAll(/(?:src|href)="\/?([^"]+\.(?:js|css))"/g)].map(([, path]) => path!);
    const sizes = [...new Set(linked)].map((path) => ({
      path,
      bytes: gzipSync(readFileSync(join(dist, path))).length,
    }));
    const kilobytes = (kind: string): number =>
      sizes.filter(({ path }) => path.endsWith(kind)).reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
    return [
      { name: "web-size.script", value: kilobytes(".js"), unit: "KB gzip" },
      { name: "web-size.style", value: kilobytes(".css"), unit: "KB gzip" },
    ];
  },
};
