// Reads the error catalogues of the packages (`export const X_ERRORS = { code: "meaning and remedy" }` in src/errors.ts),
// finds the codes that their sources raise, and says where the two disagree.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mayImport } from "../.dependency-cruiser.mjs";

const CODE = /^[a-z][a-z0-9_]*$/;
/** `new DmonError("code"` with any white space; the code is group 1. */
const RAISED = /new DmonError\(\s*"([^"]*)"/g;

/**
 * @typedef {{ name: string, codes: Map<string, string> }} Catalogue one a package, by code
 * @param {string} root of the tree
 * @returns {Promise<Catalogue[]>} in order of the packages' names; packages without a catalogue are left out
 */
export async function readCatalogues(root) {
  const catalogues = [];
  for (const path of globSync("packages/*/src/errors.ts", { cwd: root }).sort()) {
    const exported = Object.entries(await import(pathToFileURL(join(root, path)).href));
    const codes = exported.filter(([name]) => name.endsWith("_ERRORS")).flatMap(([, table]) => Object.entries(table));
    catalogues.push({ name: path.split("/")[1], codes: new Map(codes) });
  }
  return catalogues;
}

/**
 * @param {string} root
 * @param {readonly Catalogue[]} catalogues
 * @returns {string[]} one sentence a fault
 */
export function faultsOf(root, catalogues) {
  const faults = [];
  for (const name of packagesWithSources(root)) {
    const codes = codesOf(catalogues, name);
    // A package may raise the codes of those that it builds upon.
    const known = new Set(
      [name, ...(mayImport[name] ?? [])].flatMap((other) => [...codesOf(catalogues, other).keys()]),
    );
    const sources = sourcesOf(root, name);
    for (const { path, text } of sources) {
      for (const [, code] of text.matchAll(RAISED)) {
        if (!known.has(code))
          faults.push(`${path} raises "${code}", which packages/${name}/src/errors.ts does not explain`);
      }
    }
    for (const [code, meaning] of codes) {
      const place = `packages/${name}/src/errors.ts`;
      if (!CODE.test(code)) faults.push(`${place}: "${code}" is not snake_case`);
      if (!/[.!?`)]$/.test(meaning)) faults.push(`${place}: the line of "${code}" is not a sentence`);
      if (!sources.some(({ text }) => text.includes(`"${code}"`)))
        faults.push(`${place} explains "${code}", which nothing raises`);
    }
  }
  return faults;
}

function codesOf(catalogues, name) {
  return catalogues.find((catalogue) => catalogue.name === name)?.codes ?? new Map();
}

function packagesWithSources(root) {
  return globSync("packages/*/src", { cwd: root })
    .map((path) => path.split("/")[1])
    .filter((name) => existsSync(join(root, "packages", name, "package.json")))
    .sort();
}

/** Shipped sources of a package, its catalogue not among them. */
function sourcesOf(root, name) {
  return globSync(`packages/${name}/src/**/*.{ts,tsx}`, { cwd: root })
    .filter((path) => !/\.test\.|\/testing\/|\/src\/errors\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** The generated part of docs/errors.md. */
export function markdownOf(catalogues) {
  return catalogues
    .filter(({ codes }) => codes.size > 0)
    .map(({ name, codes }) => {
      const rows = [...codes]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
      return [`## ${name}`, "", "| code | meaning and remedy |", "| --- | --- |", ...rows, ""].join("\n");
    })
    .join("\n");
}
