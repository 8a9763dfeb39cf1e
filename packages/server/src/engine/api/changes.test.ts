/**
 * What changed, over a host made up of thousands of series: restless ones, large and small, and one thing that is done to it.
 * Courses are seeded, so that the answers are the same in every run.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChangesAnswer, Labels, ManualClock, runToEnd, type SeriesChange } from "@dmon/model";
import { openStore, type Store } from "@dmon/tsdb";
import { afterEach, describe, expect, it } from "vitest";
import type { EngineContext } from "../context.ts";
import { changes } from "./changes.ts";

const BEGIN_MS = Date.UTC(2026, 0, 5, 12);
/** Of the time before and of the window, s. */
const HALF_S = 60;
const GIB = 2 ** 30;

/** A course: the value at a second, of a counter its rate. `during` is true within the window. */
type Rate = (atS: number, during: boolean) => number;

class Host {
  readonly series: { readonly labels: Record<string, string>; readonly rate: Rate; readonly isCounter: boolean }[] = [];
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** 0–1 (mulberry32). */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Around 0, about 1 wide. */
  noise(): number {
    return this.random() + this.random() + this.random() - 1.5;
  }

  gauge(name: string, labels: Record<string, string>, rate: Rate): void {
    this.series.push({ labels: { __name__: name, instance: "web", job: "node", ...labels }, rate, isCounter: false });
  }

  counter(name: string, labels: Record<string, string>, rate: Rate): void {
    this.series.push({ labels: { __name__: name, instance: "web", job: "node", ...labels }, rate, isCounter: true });
  }
}

interface Load {
  /** GiB more of memory, by one program. */
  readonly memory?: number;
  /** Cores more, by one program. */
  readonly cpu?: number;
  /** B/s more over one interface. */
  readonly network?: number;
  /** B/s more to one disk. */
  readonly disk?: number;
  /** For two seconds of the time before, as much memory again was taken. */
  readonly spike?: boolean;
  /** One program is there only in the window, one only before. */
  readonly comingAndGoing?: boolean;
  /** One of twenty targets is lost. */
  readonly lostTarget?: boolean;
}

/** Series of a machine with 8 cores and 16 GiB, at rest but for the load. */
function hostUnder(load: Load, seed: number, seriesCount: number): Host {
  const host = new Host(seed);
  const { memory = 0, cpu = 0, network = 0, disk = 0 } = load;
  const ramp = (atS: number) => Math.min(1, (atS - HALF_S) / 3);
  const more =
    (amount: number): Rate =>
    (atS, during) =>
      during ? amount * ramp(atS) : 0;
  const [moreMemory, moreCpu] = [more(memory * GIB), more(cpu)];
  const walk = (start: number, step: number): Rate => {
    let value = start;
    return () => (value = Math.max(0, value + host.noise() * step));
  };

  host.gauge("node_memory_MemTotal_bytes", {}, () => 16 * GIB);
  const memoryOf = (name: string, base: number, share: number) => {
    const own = walk(base, 2e6);
    const spike = (atS: number) => (load.spike === true && (atS === 20 || atS === 21) ? memory * GIB : 0);
    host.gauge(
      `node_memory_${name}_bytes`,
      {},
      (atS, during) => own(atS, during) + share * (moreMemory(atS, during) + spike(atS)),
    );
  };
  for (const name of ["AnonPages", "Active", "Inactive_anon", "Committed_AS"]) memoryOf(name, 4 * GIB, 1);
  for (const name of ["MemFree", "MemAvailable"]) memoryOf(name, 9 * GIB, -1);
  for (const name of ["Cached", "Buffers", "Slab", "Mapped", "Dirty", "PageTables"]) memoryOf(name, 0.3 * GIB, 0);
  for (let core = 0; core < 8; core++) {
    for (const mode of ["user", "system", "iowait", "softirq"]) {
      const extra = mode === "user" ? moreCpu : () => 0;
      host.counter("node_cpu_seconds_total", { cpu: `${core}`, mode }, (atS, during) =>
        Math.min(1, 0.02 + 0.02 * host.random() + extra(atS, during) / 8),
      );
    }
  }
  for (const device of ["lo", "eth0", "eth1"]) {
    const extra = device === "eth0" ? more(network) : () => 0;
    for (const way of ["receive", "transmit"]) {
      const traffic: Rate = (atS, during) => 2e4 * host.random() ** 4 + extra(atS, during);
      host.counter(`node_network_${way}_bytes_total`, { device }, traffic);
      host.counter(`node_network_${way}_packets_total`, { device }, (atS, during) => traffic(atS, during) / 900);
    }
  }
  for (const device of ["sda", "sdb"]) {
    const extra = device === "sdb" ? more(disk) : () => 0;
    const written: Rate = (atS, during) => (host.random() < 0.1 ? 4e5 : 0) + extra(atS, during);
    host.counter("node_disk_written_bytes_total", { device }, written);
    host.counter("node_disk_writes_completed_total", { device }, (atS, during) => written(atS, during) / 16_384);
    host.counter("node_disk_io_time_seconds_total", { device }, (atS, during) =>
      Math.min(1, written(atS, during) / 1e8),
    );
  }
  // What made small and restless series lead: own readings of a few bytes and milliseconds, and single happenings.
  host.gauge("dmon_store_open_bytes", {}, (atS) => 250_000 + 4000 * atS);
  host.gauge("dmon_event_loop_delay_seconds", {}, (_, during) => (during ? 0.001 : 0.004) * host.random());
  host.gauge("scrape_duration_seconds", {}, () => 0.001 + 0.002 * host.random() ** 6);
  host.gauge("node_sockstat_TCP_mem_bytes", {}, (_, during) => (during || host.random() < 0.7 ? 0 : 4096));
  const programs = seriesCount / 40;
  for (let i = 0; i < programs; i++) {
    const groupname = `program-${i}`;
    const isHog = i === 7;
    const size = 1e7 * (1 + 20 * host.random());
    const resident = walk(size, size / 2000);
    host.gauge(
      "namedprocess_namegroup_memory_bytes",
      { groupname, memtype: "resident" },
      (atS, during) => resident(atS, during) + (isHog ? moreMemory(atS, during) : 0),
    );
    host.gauge("namedprocess_namegroup_memory_bytes", { groupname, memtype: "virtual" }, () => 3 * size);
    for (const mode of ["user", "system"]) {
      host.counter(
        "namedprocess_namegroup_cpu_seconds_total",
        { groupname, mode },
        (atS, during) => 0.002 * host.random() ** 8 + (isHog && mode === "user" ? moreCpu(atS, during) : 0),
      );
    }
    for (const kind of ["voluntary", "nonvoluntary"]) {
      host.counter(
        "namedprocess_namegroup_context_switches_total",
        { groupname, ctxswitchtype: kind },
        () => 20 * host.random() ** 3,
      );
    }
    for (const state of ["Running", "Sleeping", "Waiting", "Zombie", "Other"]) {
      host.gauge("namedprocess_namegroup_states", { groupname, state }, () => (host.random() < 0.02 ? 1 : 0));
    }
    for (const name of ["num_procs", "num_threads", "open_filedesc"]) {
      host.gauge(`namedprocess_namegroup_${name}`, { groupname }, () => 4 + (host.random() < 0.01 ? 1 : 0));
    }
    for (const name of [
      "read_bytes_total",
      "write_bytes_total",
      "minor_page_faults_total",
      "major_page_faults_total",
    ]) {
      host.counter(`namedprocess_namegroup_${name}`, { groupname }, () =>
        host.random() < 0.02 ? 5000 * host.random() : 0,
      );
    }
  }
  if (load.comingAndGoing === true) {
    for (const [groupname, isThere] of [
      ["newcomer", (during: boolean) => during],
      ["leaver", (during: boolean) => !during],
    ] as const) {
      const only =
        (rate: Rate): Rate =>
        (atS, during) =>
          isThere(during) ? rate(atS, during) : Number.NaN;
      const name = (what: string) => `namedprocess_namegroup_${what}`;
      host.gauge(name("memory_bytes"), { groupname, memtype: "resident" }, only(walk(8e8, 1e6)));
      for (const mode of ["user", "system"])
        host.counter(
          name("cpu_seconds_total"),
          { groupname, mode },
          only(() => 0.3 * host.random()),
        );
      host.counter(
        name("minor_page_faults_total"),
        { groupname },
        only(() => 4000 * host.random()),
      );
      host.gauge(
        name("num_threads"),
        { groupname },
        only(() => 30),
      );
      host.gauge(
        name("open_filedesc"),
        { groupname },
        only(() => 100 + Math.floor(5 * host.random())),
      );
    }
  }
  for (let i = 0; i < 20; i++) {
    const isLost = i === 3 && load.lostTarget === true;
    host.series.push({
      labels: { __name__: "up", instance: `shop-${i}`, job: "shop" },
      rate: (_, during) => (isLost && during ? 0 : 1),
      isCounter: false,
    });
  }
  for (let i = 0; host.series.length < seriesCount; i++) {
    const level = 10 ** (4 * host.random());
    const swing = 0.02 + 0.3 * host.random();
    host.gauge(`app_${i % 40}_readings`, { part: `${Math.floor(i / 40)}` }, () => level * (1 + swing * host.noise()));
  }
  return host;
}

let dir = "";
let store: Store | undefined;
afterEach(() => {
  store?.close();
  if (dir !== "") rmSync(dir, { recursive: true });
  store = undefined;
  dir = "";
});

function fill(host: Host): void {
  dir = mkdtempSync(join(tmpdir(), "dmon-changes-"));
  const opened = openStore({ dir, clock: new ManualClock(BEGIN_MS + 2 * HALF_S * 1000) });
  store = opened;
  const refs = host.series.map(({ labels }) => opened.resolve(Labels.from(labels))!);
  const totals = new Float64Array(refs.length);
  for (let atS = 1; atS <= 2 * HALF_S; atS++) {
    for (const [i, { rate, isCounter }] of host.series.entries()) {
      const value = rate(atS, atS > HALF_S);
      if (Number.isNaN(value)) continue;
      totals[i] = isCounter ? totals[i]! + value : value;
      opened.appendFloat(refs[i]!, BEGIN_MS + atS * 1000, totals[i]!);
    }
    opened.commit();
  }
}

function ask(): ChangesAnswer & { readonly cpuMs: number } {
  const body = { startMs: BEGIN_MS + HALF_S * 1000, endMs: BEGIN_MS + 2 * HALF_S * 1000 };
  const request = { body: Buffer.from(JSON.stringify(body)) } as never;
  const before = process.cpuUsage();
  const { body: pieces } = runToEnd(changes({ store } as unknown as EngineContext, request));
  const { user, system } = process.cpuUsage(before);
  const { data } = JSON.parse([...pieces].join("")) as { data: ChangesAnswer };
  return { ...data, cpuMs: (user + system) / 1000 };
}

const nameOf = ({ metric }: SeriesChange) =>
  [metric.__name__, metric.groupname ?? metric.device ?? metric.mode].filter(Boolean).join(" ");
const allOf = (change: SeriesChange) => [change, ...(change.alike ?? [])].map(nameOf);

/** As many as a page of changes has room for before it is scrolled. */
const FIRST = 10;
const CPU_BUDGET_MS = 1000;
/** The machine's, or that of the program which took it. */
const MEMORY = /^node_memory_\w+_bytes$|^namedprocess_namegroup_memory_bytes program-7$/;

describe("what changed", () => {
  const changesUnder = (load: Load, seed = 1, seriesCount = 1200) => {
    fill(hostUnder(load, seed, seriesCount));
    return ask();
  };

  it.each([
    ["1.5 GiB of memory", { memory: 1.5 }, MEMORY],
    ["0.3 GiB of 16", { memory: 0.3 }, MEMORY],
    ["memory that was taken for a moment before, too,", { memory: 1.5, spike: true }, MEMORY],
    ["a core", { cpu: 1 }, /^namedprocess_namegroup_cpu_seconds_total program-7$/],
    ["a tenth of a core", { cpu: 0.1 }, /^namedprocess_namegroup_cpu_seconds_total program-7$/],
    ["traffic", { network: 2e6 }, /^node_network_(receive|transmit)_bytes_total eth0$/],
    ["writing", { disk: 2e7 }, /^node_disk_(written_bytes|writes_completed)_total sdb$/],
  ] as const)("puts %s first, far before what is restless anyway", (_, load, first) => {
    const { changes: found } = changesUnder(load);
    expect(nameOf(found[0]!)).toMatch(first);
    const others = found.filter((change) => !allOf(change).some((name) => /memory|cpu|eth0|sdb/.test(name)));
    expect(found[0]!.effect).toBeGreaterThan(3 * (others[0]?.effect ?? 0));
  });

  it("answers for 5,000 series within a second, and finds the memory among them, and who took it", () => {
    const { changes: found, seriesCount, cpuMs } = changesUnder({ memory: 1.5 }, 1, 5000);
    expect(seriesCount).toBe(5000);
    console.log(`${seriesCount} series compared in ${cpuMs.toFixed(0)} ms of CPU (budget ${CPU_BUDGET_MS} ms)`);
    expect(cpuMs).toBeLessThan(CPU_BUDGET_MS);
    expect(found.slice(0, 2).map(nameOf).toSorted()).toEqual([
      "namedprocess_namegroup_memory_bytes program-7",
      expect.stringMatching(/^node_memory_/),
    ]);
  });

  it("says of the memory and of who took it once each, with all that shows it", () => {
    const { changes: found } = changesUnder({ memory: 1.5 });
    const [machine, program] = [found[0]!, found[1]!].map(allOf).toSorted((a, b) => b.length - a.length);
    expect(machine!.toSorted()).toEqual([
      "node_memory_Active_bytes",
      "node_memory_AnonPages_bytes",
      "node_memory_Committed_AS_bytes",
      "node_memory_Inactive_anon_bytes",
      "node_memory_MemAvailable_bytes",
      "node_memory_MemFree_bytes",
    ]);
    expect(program).toEqual(["namedprocess_namegroup_memory_bytes program-7"]);
    expect(
      found
        .slice(2)
        .flatMap(allOf)
        .filter((name) => name.startsWith("node_memory")),
    ).toEqual([]);
  });

  it("says of the traffic of an interface once that it is bytes and packets, in and out", () => {
    const { changes: found } = changesUnder({ network: 2e6 });
    expect(allOf(found[0]!)).toHaveLength(4);
    expect(
      found
        .slice(1, FIRST)
        .flatMap(allOf)
        .filter((name) => name.endsWith("eth0")),
    ).toEqual([]);
  });

  it("says of a program that came, and of one that went, once", () => {
    const { changes: found } = changesUnder({ comingAndGoing: true });
    const of = (program: string) => found.filter((change) => change.metric.groupname === program);
    expect(of("newcomer").map(({ kind, alike }) => [kind, alike?.length])).toEqual([["appeared", 5]]);
    expect(of("leaver").map(({ kind, alike }) => [kind, alike?.length])).toEqual([["vanished", 5]]);
    expect(found.indexOf(of("newcomer")[0]!)).toBeLessThan(3);
  });

  it("says of a target that cannot be reached any more before all else", () => {
    const { changes: found } = changesUnder({ lostTarget: true });
    expect(found[0]).toMatchObject({ kind: "fell", metric: { __name__: "up", job: "shop" }, before: 1, during: 0 });
  });

  it.each([1, 2, 3])("makes nothing of a host at rest (%i)", (seed) => {
    const { changes: found } = changesUnder({}, seed);
    // The least of the loads above has 1.
    expect(found[0]!.effect).toBeLessThan(0.25);
  });
});
