// Checks the package graph against .dependency-cruiser.mjs and draws it.
//
//   node scripts/package-graph.mjs           check, and write the graph into docs/architecture.md
//   node scripts/package-graph.mjs --check   check, and fail where the drawn graph is stale (CI)
//   … --root DIR                             another tree (tests); without docs/architecture.md only the check is done
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Visitor } from "@swc/core/Visitor.js";
import { cruise } from "dependency-cruiser";
import { configuration, mayImport, packagesIn } from "../.dependency-cruiser.mjs";
import { updateBlock } from "./generated-block.mjs";
import { webImports } from "./web-imports.mjs";

// The visitor that dependency-cruiser walks with does not know `using` declarations, and throws at the first.
const visitKnown = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== "UsingDeclaration") return visitKnown.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

const { values: args } = parseArgs({
  options: { check: { type: "boolean", default: false }, root: { type: "string" } },
});
const root = args.root ?? join(import.meta.dirname, "..");

const modules = await cruisedModules(root);
const web = webImports(root);
const violations = [...ruleViolations(modules), ...pathImports(modules), ...strangers(root), ...web.violations];
for (const violation of violations) console.error(`✗ ${violation}`);
const own = modules.filter((module) => module.source.startsWith("packages/"));
// A cruise that sees nothing finds no fault either: that must not count as a pass.
if (own.length === 0) fail("no modules were cruised: is @swc/core installed?");
if (violations.length > 0) fail(`${violations.length} violation(s) of the package graph (.dependency-cruiser.mjs)`);

const edges = [...edgesOf(own), ...web.packages.map((name) => ["web", name])].sort();
console.log(`${own.length + web.moduleCount} modules, ${edges.length} edges between packages, all allowed`);
const document = join(root, "docs/architecture.md");
if (existsSync(document)) {
  const state = updateBlock(document, "package-graph", mermaid(edges), args.check);
  if (state === "stale") fail("the graph in docs/architecture.md is stale: run `npm run graph`");
  console.log(`docs/architecture.md: ${state}`);
}

async function cruisedModules(tree) {
  const { forbidden, options } = configuration(tree);
  const folders = ["packages", "bench", "e2e"].filter((folder) => existsSync(join(tree, folder)));
  const { enhancedResolveOptions, ...cruiseOptions } = options;
  const result = await cruise(
    folders,
    { ...cruiseOptions, ruleSet: { forbidden }, validate: true, enhancedResolveOptions },
    enhancedResolveOptions,
  );
  return result.output.modules;
}

function ruleViolations(all) {
  return all.flatMap((module) =>
    module.dependencies.flatMap((dependency) =>
      (dependency.rules ?? []).map(({ name }) => `${name}: ${module.source} → ${dependency.resolved}`),
    ),
  );
}

/** Relative paths into another package: they would not survive the build. */
function pathImports(all) {
  return all.flatMap(({ source, dependencies }) =>
    dependencies
      .filter(({ module, resolved }) => module.startsWith(".") && crosses(folderOf(source), folderOf(resolved)))
      .map(({ resolved }) => `only-by-name: ${source} → ${resolved}`),
  );
}

function crosses(from, to) {
  return from !== undefined && to !== undefined && from !== to;
}

/** Packages that the table does not know. */
function strangers(tree) {
  return packagesIn(tree)
    .filter((name) => mayImport[name] === undefined)
    .map((name) => `unknown-package: packages/${name} has no row in the table`);
}

/** `[from, to]` folder names, sorted, each once. */
function edgesOf(all) {
  const found = new Set();
  for (const { source, dependencies } of all) {
    if (/\.test\.tsx?$|\/testing\//.test(source)) continue;
    const from = folderOf(source);
    for (const { resolved } of dependencies) {
      const to = folderOf(resolved);
      if (to !== undefined && to !== from) found.add(`${from} ${to}`);
    }
  }
  return [...found].map((edge) => edge.split(" "));
}

function folderOf(path) {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

function mermaid(edges) {
  return ["```mermaid", "flowchart LR", ...edges.map(([from, to]) => `  ${from} --> ${to}`), "```"].join("\n");
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
