/**
 * What the program costs when nobody looks, after it has warmed up: the program itself, with few collectors; and as a user starts it, on a
 * busy machine, beside Prometheus scraping node_exporter every second, in the same minutes: what it replaces.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { builtinCollectors, HostContainers, HostProcesses } from "@dmon/collect";
import { type Crowd, gatherCrowd } from "../measure/crowd.ts";
import { findPeer, missingPeer } from "../measure/peers.ts";
import { freePort, type Program, start, startDmon } from "../measure/program.ts";
import { startPrometheus } from "../measure/prometheus.ts";
import { observe, type WindowResult } from "../measure/window.ts";
import type { Context, Row, Scenario } from "../scenario.ts";

/**
 * What only a start needs, and compiling what is used from then on, takes most of the first minute. A hundred seconds after it the first
 * chunks are cut, by code that runs for the first time: 50 ms, and 20 in each hundred seconds from then on, of which the long window
 * has its share and the quick one none.
 */
const WARM_UP_MS = 120_000;
const [QUICK_WINDOW_MS, WINDOW_MS] = [30_000, 100_000];

interface Few {
  readonly program: Program;
  readonly sinceMs: number;
}

export const idle: Scenario<Few> = {
  name: "idle",
  summary: "CPU and memory of the program itself with nobody looking: three collectors only",
  async prepare(context) {
    const config = join(context.scratch, "dmon.yml");
    const others = allCollectors().filter((name) => !FEW.has(name));
    const lines = others.map((name) => `    ${name}: { enabled: false }`);
    writeFileSync(config, ["collect:", "  collectors:", ...lines, ""].join("\n"));
    const program = await startDmon(context.root, join(context.scratch, "data"), ["--config", config]);
    return { program, sinceMs: performance.now() };
  },
  async run(context, { program, sinceMs }) {
    try {
      return await watch("idle", context, [program], sinceMs);
    } finally {
      await program.stop();
    }
  },
};

interface Busy {
  readonly crowd: Crowd;
  readonly programs: readonly Program[];
  readonly sinceMs: number;
}

export const idleBusy: Scenario<Busy> = {
  name: "idle-busy",
  summary: "the same as a user starts it, with 150 processes in 20 control groups, beside Prometheus + node_exporter",
  // What both do takes three per cent of a core: nothing that the other could feel.
  beside: "idle",
  async prepare(context) {
    const crowd = gatherCrowd(150, context.scratch);
    context.say(`${crowd.processCount} processes in ${crowd.groupCount} control groups`);
    const programs: Program[] = [];
    try {
      programs.push(await startDmon(context.root, join(context.scratch, "data")));
      programs.push(...(await startPeers(context)));
      return { crowd, programs, sinceMs: performance.now() };
    } catch (error) {
      await stopAll(programs);
      await crowd.disperse();
      throw error;
    }
  },
  async run(context, { crowd, programs, sinceMs }) {
    try {
      return await watch("idle-busy", context, programs, sinceMs);
    } finally {
      await stopAll(programs);
      await crowd.disperse();
    }
  },
};

/** What the thin slice through everything collected: with these the program itself is what costs. */
const FEW = new Set(["cpu", "meminfo", "loadavg"]);

function allCollectors(): readonly string[] {
  const ofHost = [new HostProcesses().factory, new HostContainers().factory];
  return [...builtinCollectors, ...ofHost].map(({ name }) => name);
}

/**
 * @param programs the program itself first, then its peers
 * @param sinceMs when they were started, as of `performance.now()`
 */
async function watch(
  name: string,
  context: Context,
  programs: readonly Program[],
  sinceMs: number,
): Promise<readonly Row[]> {
  const warmUpMs = Math.max(0, WARM_UP_MS - (performance.now() - sinceMs));
  const windowMs = context.quick ? QUICK_WINDOW_MS : WINDOW_MS;
  context.say(`warming up ${Math.round(warmUpMs / 1000)} s, then watching ${windowMs / 1000} s`);
  await sleep(warmUpMs);
  const results = await observe(
    programs.map(({ pid }) => pid),
    windowMs,
  );
  const [own, ...others] = results;
  const peer = (pick: (result: WindowResult) => number): Row["peer"] =>
    others.length === 0
      ? undefined
      : { name: "Prometheus + node_exporter", value: others.reduce((sum, other) => sum + pick(other), 0) };
  return [
    {
      name: `${name}.cpu`,
      value: own!.corePercent,
      unit: "% of a core",
      peer: peer(({ corePercent }) => corePercent),
      note: own!.busiest,
    },
    { name: `${name}.rss`, value: own!.residentMib, unit: "MiB", peer: peer(({ residentMib }) => residentMib) },
  ];
}

async function stopAll(programs: readonly Program[]): Promise<void> {
  await Promise.all(programs.map((program) => program.stop()));
}

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
