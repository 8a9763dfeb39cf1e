/**
 * A process that plays thousands of scraped targets: `node target-server.ts SERIES`. Answers `/metrics?target=N` with a small
 * exposition, notes when each target was asked, and tells its parent by IPC: the port, and on `report` the times.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type TargetServerMessage =
  | { readonly port: number }
  /** By target, instants of its scrapes, monotonic ms. */
  | { readonly times: Readonly<Record<string, readonly number[]>> };

const series = Number(process.argv[2] ?? 5);
const times: Record<string, number[]> = {};

const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  const target = (request.url ?? "").split("target=")[1] ?? "";
  times[target] ??= [];
  times[target].push(performance.now());
  const lines = Array.from({ length: series }, (_, i) => `fleet_value{part="${i}"} ${times[target]!.length + i}`);
  response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
  response.end(`# TYPE fleet_value gauge\n${lines.join("\n")}\n`);
});

server.listen(0, "127.0.0.1", () => say({ port: (server.address() as AddressInfo).port }));
process.on("message", () => say({ times }));
process.on("disconnect", () => process.exit());

function say(message: TargetServerMessage): void {
  process.send?.(message);
}
