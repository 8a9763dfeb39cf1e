import { defineConfig } from "vitest/config";
import { icons } from "./packages/web/icons.ts";

const conditions = ["@dmon/source", "node", "import", "module", "default"];
/** Replace a module for all that import it, so they need modules of their own. */
const replacesModules = ["packages/collect/src/host/aside-files.test.ts"];

export default defineConfig({
  plugins: [icons()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: "forks",
    execArgv: ["--conditions=@dmon/source", "--disable-warning=ExperimentalWarning"],
    maxWorkers: 2,
    testTimeout: 30_000,
    globalSetup: ["scripts/test-folder.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts"],
          exclude: replacesModules,
          // Modules are loaded once a worker, which is a third of the CPU of all unit tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "apart",
          include: [...replacesModules, "bench/src/**/*.test.ts", "e2e/src/**/*.test.ts", "scripts/**/*.test.ts"],
        },
      },
    ],
  },
});
