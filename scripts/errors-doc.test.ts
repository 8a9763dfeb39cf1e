/** docs/errors.md lists exactly the codes that the packages raise, each explained. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { faultsOf, markdownOf, readCatalogues } from "./error-catalogues.mjs";

const root = join(import.meta.dirname, "..");

test("sources raise what the catalogues explain, and the document says the same", async () => {
  const catalogues = await readCatalogues(root);
  expect(faultsOf(root, catalogues)).toEqual([]);
  expect(readFileSync(join(root, "docs/errors.md"), "utf8")).toContain(markdownOf(catalogues));
});

test("faults are found in a planted tree", async () => {
  const tree = mkdtempSync(join(tmpdir(), "dmon-errors-"));
  try {
    mkdirSync(join(tree, "packages/x/src"), { recursive: true });
    writeFileSync(join(tree, "packages/x/package.json"), "{}");
    writeFileSync(join(tree, "packages/x/src/a.ts"), 'throw new DmonError(\n  "unknown_code",\n  "…");\n');
    const catalogue = { name: "x", codes: new Map([["never_raised", "No sentence"]]) };
    expect(faultsOf(tree, [catalogue])).toEqual([
      'packages/x/src/a.ts raises "unknown_code", which packages/x/src/errors.ts does not explain',
      'packages/x/src/errors.ts: the line of "never_raised" is not a sentence',
      'packages/x/src/errors.ts explains "never_raised", which nothing raises',
    ]);
  } finally {
    rmSync(tree, { recursive: true });
  }
});
