import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, systemClock } from "@dmon/model";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHost } from "../host/host.ts";
import { createHostCollection, type HostCollection } from "../host-collection.ts";
import { HostProcesses } from "./host-processes.ts";

const NO_SINK = { define() {}, undefine() {}, appendBatch() {}, setMetadata() {} };
const NO_LOG = { info() {}, warn() {} };

interface Fake {
  name?: string;
  state?: string;
  userTicks?: number;
  startTicks?: number;
  pages?: number;
  readBytes?: number;
  kernel?: boolean;
}

/** A `/proc` of our own making. */
class FakeProc {
  readonly root = mkdtempSync(join(tmpdir(), "dmon-proc-"));
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly processes = new HostProcesses((cgroup) => cgroup.replace("/docker/", ""));
  readonly collection: HostCollection;

  constructor(maxGroups = 20) {
    writeFileSync(join(this.root, "stat"), "cpu  1 2 3\nbtime 1699990000\nprocesses 5\n");
    writeFileSync(join(this.root, "meminfo"), "MemTotal:        4000 kB\n");
    mkdirSync(join(this.root, "etc"));
    writeFileSync(join(this.root, "etc/passwd"), "www:x:33:33::/:\n");
    this.put(1, { name: "init" });
    this.collection = createHostCollection({
      host: openHost({ procfs: this.root, sysfs: "/nowhere", rootfs: this.root }),
      factories: [this.processes.factory],
      collectors: { processgroups: { options: { maxGroups } } },
      instance: "test",
      sink: NO_SINK,
      clock: this.clock,
      log: NO_LOG,
    });
  }

  put(pid: number, fake: Fake): void {
    const { name = "p", state = "S", userTicks = 0, startTicks = 100, pages = 10, readBytes = 0 } = fake;
    const folder = join(this.root, String(pid));
    mkdirSync(join(folder, "fd"), { recursive: true });
    const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
    const flags = fake.kernel ? 69238880 : 4194560;
    write(
      "stat",
      `${pid} (${name}) ${state} 1 1 1 0 -1 ${flags} 10 0 1 0 ${userTicks} 2 0 0 20 0 2 0 ${startTicks} 8192 ${pages} 0\n`,
    );
    write("cmdline", `/usr/bin/${name}\0-x\0`);
    write("status", "Uid:\t33\t33\nVmSwap:\t4 kB\nvoluntary_ctxt_switches:\t3\nnonvoluntary_ctxt_switches:\t4\n");
    write("io", `read_bytes: ${readBytes}\nwrite_bytes: 0\n`);
    write("limits", "Max open files            100                  100                  files\n");
    write("cgroup", "0::/docker/abc\n");
  }

  /** As on the machine's own `/proc`: its loads tell the newest number. */
  tellNewest(pid: number): void {
    mkdirSync(join(this.root, "self"), { recursive: true });
    writeFileSync(join(this.root, "self/status"), `Name:\tx\nNSpid:\t${process.pid}\n`);
    writeFileSync(join(this.root, "loadavg"), `0.00 0.01 0.02 1/300 ${pid}\n`);
  }

  pids(): number[] {
    return this.processes
      .table()
      .processes.map(({ pid }) => pid)
      .sort((a, b) => a - b);
  }

  remove(pid: number): void {
    rmSync(join(this.root, String(pid)), { recursive: true });
  }

  pass(seconds = 1): void {
    this.clock.advance(seconds * 1000);
    this.collection.collect(this.clock.nowMs());
  }

  /** Until new groups are given their places. */
  rank(): void {
    for (let i = 0; i < 10; i++) this.pass();
  }

  value(suffix: string, ...labelValues: string[]): number | undefined {
    const family = this.collection.families().find(({ name }) => name === `namedprocess_namegroup_${suffix}`);
    return family?.samples.find((sample) => sample.labelValues.join() === labelValues.join())?.value;
  }

  groups(): string[] {
    const family = this.collection.families().find(({ name }) => name === "namedprocess_namegroup_num_procs");
    return (family?.samples ?? []).map(({ labelValues }) => labelValues[0]!);
  }
}

let proc: FakeProc;
const made: FakeProc[] = [];
const fake = (maxGroups?: number) => {
  const one = new FakeProc(maxGroups);
  made.push(one);
  return one;
};

beforeEach(() => {
  proc = fake();
});

afterEach(() => {
  for (const one of made.splice(0)) rmSync(one.root, { recursive: true, force: true });
});

describe("process groups", () => {
  it("counts what was used since it looks: at first nothing, of later processes all", () => {
    proc.put(10, { name: "web", userTicks: 500, readBytes: 1000 });
    proc.pass();
    expect(proc.value("cpu_seconds_total", "web", "user")).toBe(0);
    expect(proc.value("read_bytes_total", "web")).toBe(0);
    proc.put(10, { name: "web", userTicks: 550, readBytes: 5000 });
    proc.put(11, { name: "web", userTicks: 30, readBytes: 70, startTicks: 999 });
    proc.pass();
    expect(proc.value("cpu_seconds_total", "web", "user")).toBeCloseTo(0.8);
    expect(proc.value("read_bytes_total", "web")).toBe(70);
    proc.pass(20);
    expect(proc.value("read_bytes_total", "web")).toBe(4070);
    expect(proc.value("num_procs", "web")).toBe(2);
    expect(proc.value("memory_bytes", "web", "resident")).toBe(20 * 4096);
    expect(proc.value("states", "web", "Sleeping")).toBe(2);
    expect(proc.value("oldest_start_time_seconds", "web")).toBe(1_699_990_001);
    expect(proc.value("context_switches_total", "web", "voluntary")).toBe(3);
  });

  it("never falls when a process ends, says 0 when none is left, and ends a while later", () => {
    proc.put(10, { name: "web" });
    proc.put(11, { name: "web" });
    proc.pass();
    proc.put(10, { name: "web", userTicks: 100 });
    proc.pass();
    proc.remove(10);
    proc.pass();
    expect(proc.value("cpu_seconds_total", "web", "user")).toBe(1);
    expect(proc.value("num_procs", "web")).toBe(1);
    proc.remove(11);
    proc.pass();
    expect(proc.value("num_procs", "web")).toBe(0);
    expect(proc.value("oldest_start_time_seconds", "web")).toBe(0);
    for (let i = 0; i < 300; i++) proc.pass();
    expect(proc.groups()).toEqual(["init"]);
  });

  it("takes a reused number for a new process", () => {
    proc.put(10, { name: "old", userTicks: 700 });
    proc.pass();
    proc.put(10, { name: "new", userTicks: 5, startTicks: 5000 });
    proc.rank();
    expect(proc.value("cpu_seconds_total", "other", "user")).toBeCloseTo(0.05);
    expect(proc.groups()).toEqual(["init", "new", "old", "other"]);
    expect(proc.value("num_procs", "old")).toBe(0);
    proc.put(10, { name: "new", userTicks: 8, startTicks: 5000 });
    proc.pass();
    expect(proc.value("cpu_seconds_total", "new", "user")).toBeCloseTo(0.03);
  });

  it("follows a process that becomes another program", () => {
    proc.put(10, { name: "sh" });
    proc.pass();
    proc.put(10, { name: "java", userTicks: 10 });
    proc.rank();
    expect(proc.value("num_procs", "java")).toBe(1);
    expect(proc.value("num_procs", "sh")).toBe(0);
  });

  it("shows the heaviest by name and the rest as other, without a jump when places change", () => {
    const few = fake(2);
    for (let pid = 10; pid < 16; pid++) few.put(pid, { name: `p${pid}`, pages: pid });
    few.pass();
    expect(few.groups()).toEqual(["other", "p14", "p15"]);
    for (let second = 1; second <= 60; second++) {
      few.put(10, { name: "p10", pages: 10, userTicks: second * 80 });
      few.pass();
    }
    expect(few.groups()).toEqual(["other", "p10", "p15"]);
    const [shown, other] = [
      few.value("cpu_seconds_total", "p10", "user"),
      few.value("cpu_seconds_total", "other", "user"),
    ];
    expect(shown! + other!).toBeCloseTo(48);
    expect(few.value("num_procs", "other")).toBe(5);
  });
});

describe("which processes there are, on a machine that tells the newest number", () => {
  beforeEach(() => {
    proc.tellNewest(20);
    for (let pid = 10; pid < 16; pid++) proc.put(pid, { name: "web" });
    proc.pass();
  });

  it("is seen at the next pass: one more", () => {
    proc.put(21, { name: "new" });
    proc.tellNewest(21);
    proc.pass();
    expect(proc.pids()).toEqual([1, 10, 11, 12, 13, 14, 15, 21]);
  });

  it("is seen at the next pass: one that ended in its sleep while another began", () => {
    for (let i = 0; i < 40; i++) proc.pass();
    proc.remove(13);
    proc.put(25, { name: "new" });
    proc.tellNewest(26);
    proc.pass();
    expect(proc.pids()).toEqual([1, 10, 11, 12, 14, 15, 25]);
    expect(proc.value("num_procs", "web")).toBe(5);
  });

  it("is seen at the next pass: one that had its number before it could be seen", () => {
    for (let i = 0; i < 40; i++) proc.pass();
    proc.tellNewest(21);
    proc.pass();
    proc.remove(12);
    proc.put(21, { name: "new" });
    proc.pass();
    expect(proc.pids()).toEqual([1, 10, 11, 13, 14, 15, 21]);
  });

  it("is seen at the next pass: numbers that begin again, or were passed over in their thousands", () => {
    proc.put(3, { name: "new" });
    proc.tellNewest(4);
    proc.pass();
    expect(proc.pids()).toEqual([1, 3, 10, 11, 12, 13, 14, 15]);
    proc.put(90_000, { name: "new" });
    proc.tellNewest(90_001);
    proc.pass();
    expect(proc.pids()).toEqual([1, 3, 10, 11, 12, 13, 14, 15, 90_000]);
  });

  it("is seen at the next pass: a number of its maker's choice", () => {
    proc.put(7, { name: "restored" });
    proc.pass();
    expect(proc.pids()).toEqual([1, 7, 10, 11, 12, 13, 14, 15]);
  });

  it("is seen half a minute later where such a one began just as one ended in its sleep", () => {
    for (let i = 0; i < 40; i++) proc.pass();
    proc.remove(13);
    proc.put(7, { name: "restored" });
    for (let i = 0; i < 30; i++) proc.pass();
    expect(proc.pids()).toEqual([1, 7, 10, 11, 12, 14, 15]);
  });

  it("is not told by numbers of another namespace", () => {
    const foreign = fake();
    foreign.tellNewest(20);
    writeFileSync(join(foreign.root, "self/status"), `NSpid:\t4711\t${process.pid}\n`);
    foreign.pass();
    foreign.put(10, { name: "new" });
    foreign.pass();
    expect(foreign.pids()).toEqual([1, 10]);
  });

  it("is what a listing would show, whatever begins and ends", () => {
    const step = fc.record({
      begin: fc.nat(4),
      passedOver: fc.nat(6),
      end: fc.array(fc.nat(30), { maxLength: 3 }),
      seconds: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const one = fake();
        one.tellNewest(100);
        const alive = [1];
        let newest = 100;
        one.pass();
        for (const { begin, passedOver, end, seconds } of steps) {
          for (const which of end) {
            if (alive.length > 1) one.remove(alive.splice(1 + (which % (alive.length - 1)), 1)[0]!);
          }
          for (let i = 0; i < begin; i++) {
            newest += 1 + (i === 0 ? passedOver : 0);
            one.put(newest, { name: `p${newest % 5}`, startTicks: newest });
            alive.push(newest);
          }
          one.tellNewest(newest);
          one.pass();
          expect(one.pids()).toEqual(alive);
          for (let i = 1; i < seconds; i++) one.pass();
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("the list", () => {
  it("is empty before the first collection", () => {
    expect(proc.processes.table()).toEqual({ atMs: 0, processes: [] });
  });

  it("says what a process is and does", () => {
    proc.put(10, { name: "web", userTicks: 500 });
    proc.pass();
    proc.put(10, { name: "web", userTicks: 550, state: "R" });
    proc.pass();
    const row = proc.processes.table().processes.find(({ pid }) => pid === 10);
    expect(row).toEqual({
      pid: 10,
      ppid: 1,
      user: "www",
      name: "web",
      commandLine: "/usr/bin/web -x",
      state: "R",
      cpuRatio: 0.5,
      cpuSeconds: 5.52,
      residentBytes: 40_960,
      memoryRatio: 0.01,
      virtualBytes: 8192,
      swapBytes: 4096,
      readBytesPerSecond: 0,
      writeBytesPerSecond: 0,
      threads: 2,
      openFiles: expect.any(Number),
      nice: 0,
      startMs: 1_699_990_001_000,
      group: "web",
      cgroup: "/docker/abc",
      container: "abc",
      kernel: false,
    });
  });

  it("counts kernel threads under what they are", () => {
    proc.put(20, { name: "kworker/0:1-events", kernel: true });
    proc.pass();
    expect(proc.processes.table().processes.find(({ pid }) => pid === 20)).toMatchObject({
      kernel: true,
      group: "kworker",
      commandLine: "",
      user: "",
    });
  });
});

const HAS_PROC = existsSync("/proc/self/stat");

/** This machine's processes, collected when asked. */
function thisMachine() {
  const processes = new HostProcesses(() => "", Number.POSITIVE_INFINITY);
  const collection = createHostCollection({
    host: openHost(),
    factories: [processes.factory],
    instance: "test",
    sink: NO_SINK,
    clock: { ...systemClock, monotonicMs: () => performance.now() },
    log: NO_LOG,
  });
  return { processes, collection };
}

it.skipIf(!HAS_PROC)(
  "sees at once what begins and what is killed in its sleep, and takes no thread for a process",
  async () => {
    const { processes, collection } = thisMachine();
    const has = ({ pid }: ChildProcess) => processes.table().processes.some((row) => row.pid === pid);
    const started: ChildProcess[] = [];
    const begin = async (program: string, ...args: string[]) => {
      const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
      started.push(child);
      await once(child, "spawn");
      return child;
    };
    try {
      collection.collect(Date.now());
      const sleeper = await begin("sleep", "1000");
      for (let i = 0; i < 60; i++) {
        collection.collect(Date.now());
        expect(has(sleeper)).toBe(true);
      }
      const gone = once(sleeper, "exit");
      sleeper.kill("SIGKILL");
      await gone;
      const threaded = await begin(process.execPath, "-e", "console.log(1); setTimeout(() => {}, 60_000)");
      await once(threaded.stdout!, "data");
      collection.collect(Date.now());
      expect(has(sleeper)).toBe(false);
      expect(has(threaded)).toBe(true);
      const threads = readdirSync(`/proc/${threaded.pid}/task`).map(Number);
      expect(threads.length).toBeGreaterThan(2);
      const shown = processes.table().processes.map(({ pid }) => pid);
      expect(threads.filter((thread) => shown.includes(thread))).toEqual([threaded.pid]);
    } finally {
      for (const child of started) child.kill("SIGKILL");
      collection.close(Date.now());
    }
  },
);

it.skipIf(!HAS_PROC)("sees a busy process of this machine", async () => {
  const { processes, collection } = thisMachine();
  const busy = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  try {
    collection.collect(Date.now());
    const row = () => processes.table().processes.find(({ pid }) => pid === busy.pid);
    for (let tries = 0; tries < 100 && !((row()?.cpuRatio ?? 0) > 0.1); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      collection.collect(Date.now());
    }
    expect(row()!.cpuRatio).toBeGreaterThan(0.1);
    expect(row()!.commandLine).toContain("for (;;);");
    expect(Math.abs(row()!.startMs - Date.now())).toBeLessThan(20_000);
  } finally {
    busy.kill("SIGKILL");
    collection.close(Date.now());
  }
});
