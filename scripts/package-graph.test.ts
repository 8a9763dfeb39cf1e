/** The check of the package graph must see modules, and must fail on planted violations, each kind in a tree of its own. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";

const script = join(import.meta.dirname, "package-graph.mjs");
const trees: string[] = [];

afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

/** A tree of three packages that obey, and the given files over it. */
function plant(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "dmon-graph-"));
  trees.push(root);
  const all: Record<string, string> = {
    "packages/model/src/index.ts": "export const one = 1;\n",
    "packages/model/src/inner.ts": "export const inner = 1;\n",
    "packages/tsdb/src/index.ts": 'import { one } from "@dmon/model";\nexport const two = one + one;\n',
    "packages/web/src/main.tsx": 'import { one } from "@dmon/model";\nexport const page = <p>{one}</p>;\n',
    ...files,
  };
  for (const name of ["model", "tsdb", "web"]) {
    const manifest = { name: `@dmon/${name}`, type: "module", exports: { ".": { "@dmon/source": "./src/index.ts" } } };
    all[`packages/${name}/package.json`] ??= JSON.stringify(manifest);
  }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, "node_modules/@dmon"), { recursive: true });
  for (const name of ["model", "tsdb", "web"]) {
    symlinkSync(join(root, "packages", name), join(root, "node_modules/@dmon", name));
  }
  return root;
}

async function check(root?: string): Promise<{ code: number; output: string }> {
  const args = [script, "--check", ...(root === undefined ? [] : ["--root", root])];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

test("this repository obeys, and its modules were really read", async () => {
  const { code, output } = await check();
  expect(output).toMatch(/^\d{2,} modules, [1-9]\d* edges/m);
  expect(code).toBe(0);
});

test("a tree that obeys passes", async () => {
  const { code, output } = await check(plant({}));
  expect(output).toContain("4 modules, 2 edges");
  expect(code).toBe(0);
});

test("a tree in which nothing can be read fails", async () => {
  const root = mkdtempSync(join(tmpdir(), "dmon-graph-"));
  trees.push(root);
  mkdirSync(join(root, "packages/model"), { recursive: true });
  writeFileSync(join(root, "packages/model/package.json"), "{}");
  const { code, output } = await check(root);
  expect(output).toContain("no modules were cruised");
  expect(code).toBe(1);
});

test.each([
  ["model-imports", "packages/model/src/bad.ts", 'import { two } from "@dmon/tsdb";\nexport const bad = two;\n'],
  [
    "model-imports",
    "packages/model/src/bad.ts",
    'import type { two } from "@dmon/tsdb";\nexport type Bad = typeof two;\n',
  ],
  ["only-through-exports", "packages/tsdb/src/bad.ts", 'export { inner } from "../../model/src/inner.ts";\n'],
  ["only-by-name", "packages/tsdb/src/bad.ts", 'export { one } from "../../model/src/index.ts";\n'],
  ["resolvable", "packages/tsdb/src/bad.ts", 'export { inner } from "@dmon/model/src/inner.ts";\n'],
  ["no-tests-in-the-product", "packages/tsdb/src/bad.ts", 'export * from "./x.test.ts";\n'],
  ["model-stands-alone", "packages/model/src/bad.ts", 'export { readFileSync } from "node:fs";\n'],
  ["web-imports", "packages/web/src/bad.ts", 'export const load = () => import("@dmon/tsdb");\n'],
  ["web-imports", "packages/web/src/bad.tsx", 'export type { two } from "@dmon/tsdb";\n'],
  ["unknown-package", "packages/extra/package.json", "{}"],
])("a planted violation fails: %s", async (rule, path, text) => {
  const { code, output } = await check(plant({ "packages/tsdb/src/x.test.ts": "export {};\n", [path]: text }));
  expect(output).toContain(`${rule}: `);
  expect(code).toBe(1);
});
