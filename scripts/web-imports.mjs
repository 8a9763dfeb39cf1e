// What the page imports from other packages: types of those that the table allows, and a few named functions. Any other value
// would carry code of the server's side into the browser.
import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync } from "@swc/core";
import { mayImport, webMayRun } from "../.dependency-cruiser.mjs";

const HOME = "packages/web/";

/** @returns {{ moduleCount: number, packages: string[], violations: string[] }} */
export function webImports(root) {
  const paths = globSync(`${HOME}src/**/*.{ts,tsx}`, { cwd: root });
  const packages = new Set();
  const violations = [];
  for (const path of paths) {
    const source = readFileSync(join(root, path), "utf8");
    for (const { specifier, harmless } of importsOf(source, path)) {
      const name = /^@dmon\/([^/]+)/.exec(specifier)?.[1];
      if (name !== undefined) packages.add(name);
      if (name !== undefined && !mayImport.web.includes(name)) violations.push(`web-imports: ${path} → ${specifier}`);
      else if (name !== undefined && !harmless) {
        violations.push(`web-types-only: ${path} → ${specifier} (write \`import type\`)`);
      }
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
    if (typeof node.source?.value === "string") {
      found.push({ specifier: node.source.value, harmless: isHarmless(node) });
    }
    const argument = node.callee?.type === "Import" ? node.arguments[0]?.expression : undefined;
    if (argument?.type === "StringLiteral") found.push({ specifier: argument.value, harmless: false });
  });
  return found;
}

function visit(node, see) {
  if (node === null || typeof node !== "object") return;
  if (typeof node.type === "string") see(node);
  for (const child of Object.values(node)) visit(child, see);
}

/** An import of nothing but types and the functions that the page may run. */
function isHarmless({ typeOnly, specifiers = [] }) {
  if (typeOnly === true) return true;
  return specifiers.length > 0 && specifiers.every((one) => one.isTypeOnly || webMayRun.includes(importedName(one)));
}

function importedName({ imported, local }) {
  return (imported ?? local)?.value;
}
