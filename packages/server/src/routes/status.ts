/** `/api/v1/status/*` that the main thread answers: what is running, since when, and how it is configured. */
import { hostname } from "node:os";
import type { FastifyInstance } from "fastify";
import type { LoadedConfig } from "../config/load.ts";
import { printableConfig } from "../config/print.ts";

export interface StatusOptions {
  readonly version: string;
  readonly loaded: () => LoadedConfig;
  readonly flags: () => Readonly<Record<string, string>>;
  readonly startedAt: Date;
  readonly lastReload: () => { readonly ok: boolean; readonly at: Date };
}

function success(data: unknown): { status: "success"; data: unknown } {
  return { status: "success", data };
}

export function registerStatus(app: FastifyInstance, options: StatusOptions): void {
  // No `features`: Grafana takes its absence for Prometheus itself.
  const build = {
    version: PROMETHEUS_API_VERSION,
    revision: `dmon-${options.version}`,
    branch: "main",
    buildUser: "dmon",
    buildDate: "",
    goVersion: `node ${process.version}`,
  };
  app.get("/api/v1/status/buildinfo", () => success(build));
  app.get("/version", (_request, reply) => reply.type("text/plain; charset=utf-8").send(JSON.stringify(build)));
  app.get("/api/v1/status/config", async () => success({ yaml: await configYaml(options.loaded()) }));
  app.get("/api/v1/status/flags", () => success(options.flags()));
  app.get("/api/v1/status/runtimeinfo", () => {
    const { ok, at } = options.lastReload();
    return success({
      startTime: options.startedAt.toISOString(),
      CWD: process.cwd(),
      hostname: hostname(),
      serverTime: new Date().toISOString(),
      reloadConfigSuccess: ok,
      lastConfigTime: at.toISOString(),
      corruptionCount: 0,
      goroutineCount: 0,
      GOMAXPROCS: 2,
      GOMEMLIMIT: 0,
      GOGC: "",
      GODEBUG: "",
      storageRetention: `${Math.round(options.loaded().config.storage.retention.raw / 86_400_000)}d`,
    });
  });
  app.get("/api/v1/status/walreplay", () => success({ min: 0, max: 0, current: 0 }));
  app.get("/api/v1/notifications", () => success([]));
}

/** The version of Prometheus' API that is spoken; readers choose features by it. */
const PROMETHEUS_API_VERSION = "3.14.0";

/** What is in force, defaults included; secrets are hidden. */
async function configYaml(loaded: LoadedConfig): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(printableConfig(loaded, true));
}
