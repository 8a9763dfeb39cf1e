import { defineConfig } from "vitest/config";

const conditions = ["@dmon/source", "node", "import", "module", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "bench/src/**/*.test.ts", "e2e/src/**/*.test.ts", "scripts/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--conditions=@dmon/source", "--disable-warning=ExperimentalWarning"],
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
