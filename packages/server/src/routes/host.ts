/** `/api/v1/host*`: the machine that this program runs on. */
import { uptime } from "node:os";
import type { HostInfo } from "@dmon/model";
import type { FastifyInstance } from "fastify";

export interface HostOptions {
  readonly instance: () => string;
  readonly intervalMs: () => number;
  readonly version: string;
  readonly startedAtMs: number;
}

export function registerHost(app: FastifyInstance, options: HostOptions): void {
  app.get("/api/v1/host", () => {
    const nowMs = Date.now();
    const data: HostInfo = {
      job: "node",
      instance: options.instance(),
      version: options.version,
      intervalMs: options.intervalMs(),
      nowMs,
      startedAtMs: options.startedAtMs,
      bootedAtMs: Math.round(nowMs - uptime() * 1000),
    };
    return { status: "success", data };
  });
}
