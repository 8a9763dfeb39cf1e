// Prints what a first visit downloads and fails where the initial script is above its budget.
// Run after `vite build`; the budget is that of the first page, without what Explore and dashboards load later.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 250 * 1024;

const dist = new URL("../dist/", import.meta.url);
const html = readFileSync(new URL("index.html", dist), "utf8");
const files = [...html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map((match) => match[1]);

let scriptBytes = 0;
for (const file of files) {
  const sizeBytes = gzipSync(readFileSync(new URL(file, dist))).length;
  if (file.endsWith(".js")) scriptBytes += sizeBytes;
  console.log(`${file.padEnd(40)} ${(sizeBytes / 1024).toFixed(1).padStart(7)} KiB gzip`);
}
const verdict = scriptBytes <= BUDGET_BYTES ? "within" : "ABOVE";
console.log(
  `initial script ${(scriptBytes / 1024).toFixed(1)} KiB gzip, ${verdict} the budget of ${BUDGET_BYTES / 1024} KiB`,
);
if (scriptBytes === 0) throw new Error("no script found in dist/index.html: run the build first");
if (scriptBytes > BUDGET_BYTES) process.exitCode = 1;
