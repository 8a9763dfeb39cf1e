// Keeps docs/errors.md equal to the error catalogues of the packages, and the catalogues equal to what the sources raise.
//
//   node --conditions=@dmon/source scripts/errors-doc.mjs           check, and write docs/errors.md
//   node --conditions=@dmon/source scripts/errors-doc.mjs --check   check only (CI)
import { join } from "node:path";
import { faultsOf, markdownOf, readCatalogues } from "./error-catalogues.mjs";
import { updateBlock } from "./generated-block.mjs";

const root = join(import.meta.dirname, "..");
const catalogues = await readCatalogues(root);
const faults = faultsOf(root, catalogues);
const state = updateBlock(
  join(root, "docs/errors.md"),
  "errors",
  markdownOf(catalogues),
  process.argv.includes("--check"),
);
if (state === "stale")
  faults.push("docs/errors.md is stale: run `node --conditions=@dmon/source scripts/errors-doc.mjs`");
for (const fault of faults) console.error(`✗ ${fault}`);
console.log(`docs/errors.md: ${state}, ${catalogues.reduce((sum, { codes }) => sum + codes.size, 0)} codes`);
process.exitCode = faults.length > 0 ? 1 : 0;
