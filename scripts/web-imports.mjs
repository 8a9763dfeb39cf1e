// What the page imports from other packages. dependency-cruiser reads TypeScript with a swc parser that knows no JSX, so the page is
// read here, by the same parser with JSX switched on.
import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync } from "@swc/core";
import { mayImport } from "../.dependency-cruiser.mjs";

const HOME = "packages/web/";

/** @returns {{ moduleCount: number, packages: string[], violations: string[] }} */
export function webImports(root) {
  const paths = globSync(`${HOME}src/**/*.{ts,tsx}`, { cwd: root });
  const packages = new Set();
  const violations = [];
  for (const path of paths) {
    const source = readFileSync(join(root, path), "utf8");
    for (const specifier of importsOf(source, path)) {
      const name = /^@dmon\/([^/]+)/.exec(specifier)?.[1];
      if (name !== undefined) packages.add(name);
      if (name !== undefined && !mayImport.web.includes(name)) violations.push(`web-imports: ${path} → ${specifier}`);
      if (specifier.startsWith(".") && !posix.join(posix.dirname(path), specifier).startsWith(HOME)) {
        violations.push(`only-by-name: ${path} → ${specifier}`);
      }
    }
  }
  return { moduleCount: paths.length, packages: [...packages], violations };
}

/** Static and dynamic imports, and exports from elsewhere. */
function importsOf(source, path) {
  const found = [];
  visit(parseSync(source, { syntax: "typescript", tsx: path.endsWith("x") }), (node) => {
    if (typeof node.source?.value === "string") found.push(node.source.value);
    const argument = node.callee?.type === "Import" ? node.arguments[0]?.expression : undefined;
    if (argument?.type === "StringLiteral") found.push(argument.value);
  });
  return found;
}

function visit(node, see) {
  if (node === null || typeof node !== "object") return;
  if (typeof node.type === "string") see(node);
  for (const child of Object.values(node)) visit(child, see);
}
