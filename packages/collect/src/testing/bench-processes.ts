/**
 * What processes and containers cost: CPU time of one collection with so many of them on this machine.
 *
 * Starts processes that sleep, puts them into cgroups of its own where it may make some, and collects at a real pause, because
 * a pass right after another finds everything in the processor's caches and looks three times as cheap as it is.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { ManualClock } from "@dmon/model";
import { HostContainers } from "../containers/host-containers.ts";
import { openHost } from "../host/host.ts";
import { createHostCollection } from "../host-collection.ts";
import { HostProcesses } from "../processes/host-processes.ts";

export interface BenchProcessesOptions {
  /** Sleeping processes to start beside those that run already. */
  readonly processes: number;
  /** Cgroups to make, each with one of the processes; none where cgroups may not be made. */
  readonly cgroups: number;
  readonly passes: number;
  /** Real pause before each pass, ms. The collectors believe that a second went by. */
  readonly pauseMs: number;
}

export interface BenchProcessesResult {
  /** As the collectors saw them. */
  readonly processes: number;
  readonly containers: number;
  readonly series: number;
  /** User and system time of a pass, ms: mean, of processes and containers together, and of each alone. */
  readonly passMs: number;
  readonly processesMs: number;
  readonly containersMs: number;
}

const BENCH_FOLDER = "dmon-bench";
const TREES = ["", "unified", "cpu", "cpuacct", "memory", "pids", "blkio"];

export async function benchProcesses(options: BenchProcessesOptions): Promise<BenchProcessesResult> {
  const sleepers = Array.from({ length: options.processes }, () => spawn("sleep", ["3600"], { stdio: "ignore" }));
  const folders = makeCgroups(sleepers.slice(0, options.cgroups));
  try {
    const containers = new HostContainers();
    const processes = new HostProcesses((cgroup) => containers.nameOf(cgroup));
    const processesMs = await measure([processes.factory], options);
    const containersMs = await measure([containers.factory], options);
    const found = await measure([processes.factory, containers.factory], options, () => ({
      processes: processes.table().processes.length,
      containers: containers.table().containers.length,
    }));
    return {
      ...found.seen!,
      series: found.series,
      passMs: found.ms,
      processesMs: processesMs.ms,
      containersMs: containersMs.ms,
    };
  } finally {
    for (const sleeper of sleepers) sleeper.kill("SIGKILL");
    await Promise.all(sleepers.map((sleeper) => new Promise((resolve) => sleeper.once("exit", resolve))));
    for (const folder of folders.reverse()) rmdirSync(folder);
  }
}

interface Measured<T> {
  readonly ms: number;
  readonly series: number;
  readonly seen: T | undefined;
}

async function measure<T>(
  factories: Parameters<typeof createHostCollection>[0]["factories"],
  { passes, pauseMs }: BenchProcessesOptions,
  look?: () => T,
): Promise<Measured<T>> {
  const clock = new ManualClock(Date.now());
  const host = openHost();
  const collection = createHostCollection({
    host,
    factories,
    instance: "bench",
    sink: { define() {}, undefine() {}, appendBatch() {}, setMetadata() {} },
    clock,
    log: { info() {}, warn() {} },
  });
  let usedMs = 0;
  for (let pass = -WARM_UP_PASSES; pass < passes; pass++) {
    await new Promise((resolve) => setTimeout(resolve, pass < 0 ? 1 : pauseMs));
    clock.advance(1000);
    const before = process.cpuUsage();
    collection.collect(clock.nowMs());
    const used = process.cpuUsage(before);
    await collection.settled();
    if (pass >= 0) usedMs += (used.user + used.system) / 1000;
  }
  const seen = look?.();
  const series = collection.families().reduce((sum, { samples }) => sum + samples.length, 0);
  collection.close(clock.nowMs());
  host.close();
  return { ms: usedMs / passes, series, seen };
}

/** Until the details of all processes were read once and hot code is compiled. */
const WARM_UP_PASSES = 60;

/** One cgroup a process, as Docker names them, in every tree that there is. Returns the folders made, parents first. */
function makeCgroups(members: readonly ChildProcess[]): string[] {
  const made: string[] = [];
  const unified = existsSync("/sys/fs/cgroup/cgroup.controllers");
  for (const tree of TREES) {
    const root = tree === "" ? "/sys/fs/cgroup" : `/sys/fs/cgroup/${tree}`;
    if ((tree === "") !== unified || !existsSync(`${root}/cgroup.procs`)) continue;
    const parent = `${root}/${BENCH_FOLDER}`;
    try {
      mkdirSync(parent);
    } catch {
      continue;
    }
    made.push(parent);
    for (const [index, { pid }] of members.entries()) {
      const folder = `${parent}/docker-${index.toString(16).padStart(64, "0")}.scope`;
      mkdirSync(folder);
      made.push(folder);
      writeFileSync(`${folder}/cgroup.procs`, String(pid));
    }
  }
  return made;
}
