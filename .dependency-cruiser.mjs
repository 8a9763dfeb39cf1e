// The package graph as rules for dependency-cruiser: who may import whom, and through which door.
//
// `mayImport` is the table of docs/architecture.md. The rules are made from it and from each package's `exports`;
// scripts/package-graph.mjs checks them, adds what rules cannot say (a name or a path? and the page, with its JSX), and draws the graph.
// TypeScript 7 has no API that dependency-cruiser knows, so that without @swc/core it would find no modules and pass.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

const libraries = ["model", "collect", "tsdb", "promql", "alerting", "incident", "chaos", "ml", "azure"];

/** Folder under `packages/` → the folders it may import. A package that is not named here may not exist. */
export const mayImport = {
  model: [],
  collect: ["model"],
  tsdb: ["model"],
  promql: ["model"],
  alerting: ["model"],
  incident: ["model"],
  chaos: ["model"],
  ml: ["model"],
  azure: ["model"],
  server: libraries,
  // model runs in a browser too. Read by scripts/web-imports.mjs.
  web: ["model"],
  cli: [...libraries, "server"],
};

/** Folders under `packages/` that hold a package. */
export function packagesIn(root) {
  const folder = join(root, "packages");
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, "package.json")));
}

const TEST = "(\\.test\\.tsx?$|/testing/)";
const escaped = (path) => path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Source files that a package's `exports` name: the only files that others may reach. */
function doorsIn(root) {
  return packagesIn(root).flatMap((name) => {
    const { exports = {} } = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
    return Object.values(exports)
      .map((target) => (typeof target === "string" ? target : target["@dmon/source"]))
      .filter((target) => target !== undefined)
      .map((target) => `^${escaped(posix.join("packages", name, target))}$`);
  });
}

/** The rule set and options for the tree at `root`. */
export function configuration(root) {
  const doors = doorsIn(root);
  const rows = Object.entries(mayImport).map(([name, allowed]) => ({
    name: `${name}-imports`,
    comment: `${name} may import ${allowed.length === 0 ? "no other package" : allowed.join(", ")}.`,
    severity: "error",
    from: { path: `^packages/${name}/` },
    to: { path: "^packages/", pathNot: `^packages/(${[name, ...allowed].join("|")})/` },
  }));
  return {
    forbidden: [
      ...rows,
      {
        name: "only-through-exports",
        comment: "Another package is reached by its name and through its `exports`, never by a path into its files.",
        severity: "error",
        from: { path: "^packages/([^/]+)/" },
        to: { path: "^packages/", pathNot: ["^packages/$1/", ...doors] },
      },
      {
        name: "beside-only-through-exports",
        comment: "bench and e2e may also use what a package offers under src/testing.",
        severity: "error",
        from: { path: "^(bench|e2e)/" },
        to: { path: "^packages/", pathNot: ["^packages/[^/]+/src/testing/", ...doors] },
      },
      {
        name: "no-tests-in-the-product",
        comment: "Tests and src/testing are not built.",
        severity: "error",
        from: { path: "^packages/[^/]+/(src|bin)/", pathNot: TEST },
        to: { path: TEST },
      },
      {
        name: "model-stands-alone",
        comment: "model runs in a browser and has no dependencies.",
        severity: "error",
        from: { path: "^packages/model/src/", pathNot: TEST },
        to: { pathNot: "^packages/model/src/" },
      },
      {
        name: "resolvable",
        comment: "An import that leads nowhere would escape all rules above.",
        severity: "error",
        from: {},
        to: { couldNotResolve: true },
      },
    ],
    options: {
      baseDir: root,
      parser: "swc",
      doNotFollow: { path: "(^|/)node_modules/" },
      exclude: { path: "(^|/)(dist|fixtures)/|^packages/web/" },
      enhancedResolveOptions: {
        exportsFields: ["exports"],
        conditionNames: ["@dmon/source", "import", "node", "default"],
        extensions: [".ts", ".tsx", ".js", ".mjs", ".json", ".css"],
      },
    },
  };
}

export default configuration(import.meta.dirname);
