/**
 * What the program costs when nobody looks: started as a user starts it, left alone until it has warmed up, then watched.
 * Beside it, in the same minutes, Prometheus scraping node_exporter every second: what it replaces.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findPeer, missingPeer } from "../measure/peers.ts";
import { freePort, type Program, start, startDmon } from "../measure/program.ts";
import { startPrometheus } from "../measure/prometheus.ts";
import { observe } from "../measure/window.ts";
import type { Context, Row, Scenario } from "../scenario.ts";

export const idle: Scenario = {
  name: "idle",
  summary: "CPU and memory of `dmon start` with nobody looking, beside Prometheus + node_exporter at 1 s",
  async run(context) {
    const programs: Program[] = [];
    try {
      programs.push(await startDmon(context.root, join(context.scratch, "data")));
      const peers = await startPeers(context);
      programs.push(...peers);
      const [warmUpMs, windowMs] = context.quick ? [15_000, 30_000] : [60_000, 60_000];
      context.say(`warming up ${warmUpMs / 1000} s, then watching ${windowMs / 1000} s`);
      await sleep(warmUpMs);
      const [own, ...others] = await observe(
        programs.map(({ pid }) => pid),
        windowMs,
      );
      const peer = (pick: (result: (typeof others)[number]) => number): Row["peer"] =>
        others.length === 0
          ? undefined
          : { name: "Prometheus + node_exporter", value: others.reduce((sum, other) => sum + pick(other), 0) };
      return [
        {
          name: "idle.cpu",
          value: own!.corePercent,
          unit: "% of a core",
          peer: peer(({ corePercent }) => corePercent),
          note: own!.busiest,
        },
        { name: "idle.rss", value: own!.residentMb, unit: "MB", peer: peer(({ residentMb }) => residentMb) },
      ];
    } finally {
      await Promise.all(programs.map((program) => program.stop()));
    }
  },
};

/** @returns nothing where a binary is missing */
async function startPeers(context: Context): Promise<readonly Program[]> {
  const prometheus = findPeer("prometheus");
  const nodeExporter = findPeer("nodeExporter");
  if (prometheus === undefined || nodeExporter === undefined) {
    context.say(missingPeer(prometheus === undefined ? "prometheus" : "nodeExporter"));
    return [];
  }
  const exporterPort = await freePort();
  const target = `127.0.0.1:${exporterPort}`;
  const exporter = await start(nodeExporter, [`--web.listen-address=${target}`], exporterPort, "/metrics");
  try {
    return [exporter, await startPrometheus(prometheus, join(context.scratch, "prometheus"), target)];
  } catch (error) {
    await exporter.stop();
    throw error;
  }
}
