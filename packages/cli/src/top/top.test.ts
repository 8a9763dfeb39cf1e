import type { ContainerRow, ProcessRow } from "@dmon/collect";
import { describe, expect, it } from "vitest";
import { AlertTracker, alertText } from "./alerts.ts";
import { textWidth } from "./frame.ts";
import { drawTop, type TopView } from "./layout.ts";
import { shownProcesses } from "./process-list.ts";
import { TopHistory, type TopReading } from "./top-reading.ts";
import { applyKey, INITIAL_STATE, type TopState } from "./top-state.ts";

function processOf(pid: number, more: Partial<ProcessRow> = {}): ProcessRow {
  return {
    pid,
    ppid: 1,
    user: "www",
    name: `p${pid}`,
    commandLine: `/usr/bin/p${pid} --flag`,
    state: "S",
    cpuRatio: 0,
    cpuSeconds: 1,
    residentBytes: 1024,
    memoryRatio: 0,
    virtualBytes: 0,
    swapBytes: 0,
    readBytesPerSecond: 0,
    writeBytesPerSecond: 0,
    threads: 1,
    openFiles: 3,
    nice: 0,
    startMs: 0,
    group: "p",
    cgroup: "/",
    container: "",
    kernel: false,
    ...more,
  };
}

function containerOf(name: string, more: Partial<ContainerRow> = {}): ContainerRow {
  return {
    id: `/${name}`,
    kind: "container",
    runtime: "docker",
    name,
    image: "nginx",
    namespace: "",
    pod: "",
    cpuRatio: 0.1,
    cpuLimit: null,
    throttledRatio: 0,
    memoryBytes: 100,
    workingSetBytes: 100,
    memoryLimitBytes: null,
    oomKills: 0,
    readBytesPerSecond: 0,
    writeBytesPerSecond: 0,
    receivedBytesPerSecond: null,
    sentBytesPerSecond: null,
    tasks: 1,
    cpuPressureRatio: null,
    memoryPressureRatio: null,
    ioPressureRatio: null,
    startMs: null,
    ...more,
  };
}

const MODES = { user: 0.3, system: 0.1, nice: 0, idle: 0.6, iowait: 0, irq: 0, softirq: 0, steal: 0 };

function readingOf(more: Partial<TopReading> = {}): TopReading {
  return {
    atMs: 1_700_000_000_000,
    host: {
      hostname: "box",
      operatingSystem: "Debian",
      kernel: "Linux 6.1",
      architecture: "x86_64",
      bootedAt: null,
      uptimeSeconds: 90,
    },
    cpu: {
      usedRatio: 0.4,
      modes: MODES,
      cores: 2,
      perCore: ["0", "1"].map((core) => ({ core, usedRatio: 0.4, modes: MODES })),
    },
    memory: {
      totalBytes: 8e9,
      availableBytes: 6e9,
      usedBytes: 2e9,
      freeBytes: 1e9,
      buffersBytes: 0,
      cachedBytes: 4e9,
      usedRatio: 0.25,
      swap: { totalBytes: 1e9, usedBytes: 0, freeBytes: 1e9, usedRatio: 0 },
    },
    disk: {
      filesystems: [filesystemOf("/", 0.5)],
      devices: [
        {
          device: "sda",
          readBytesTotal: 1,
          writtenBytesTotal: 1,
          readBytesPerSecond: 2048,
          writtenBytesPerSecond: 0,
          readsPerSecond: 1,
          writesPerSecond: 0,
          busyRatio: 0.1,
        },
      ],
    },
    network: {
      interfaces: [
        {
          name: "eth0",
          up: true,
          receivedBytesTotal: 5,
          sentBytesTotal: 5,
          receivedPacketsTotal: 1,
          sentPacketsTotal: 1,
          receivedBytesPerSecond: 4096,
          sentBytesPerSecond: 100,
          errorsTotal: 0,
          dropsTotal: 0,
        },
      ],
    },
    load: { load1: 0.5, load5: 0.4, load15: 0.3 },
    pressure: {
      cpu: { someRatio: 0, fullRatio: 0 },
      memory: { someRatio: 0, fullRatio: 0 },
      io: { someRatio: 0, fullRatio: 0 },
    },
    processes: [processOf(1, { cpuRatio: 0.5 }), processOf(2, { commandLine: "evil \x1b[2J漢字" })],
    containers: [],
    ...more,
  };
}

function filesystemOf(mountpoint: string, usedRatio: number) {
  return {
    mountpoint,
    device: `/dev${mountpoint}`,
    type: "ext4",
    totalBytes: 100,
    usedBytes: usedRatio * 100,
    freeBytes: 50,
    availableBytes: 50,
    usedRatio,
    inodesUsedRatio: 0.1,
    readOnly: false,
  };
}

function viewOf(reading: TopReading, state: Partial<TopState> = {}): TopView {
  const history = new TopHistory();
  for (let i = 0; i < 30; i++) history.push(reading);
  return { state: { ...INITIAL_STATE, ...state }, reading, history, alerts: new AlertTracker().update(reading) };
}

describe("the view", () => {
  it.each([
    [80, 24],
    [120, 40],
    [200, 50],
    [40, 10],
    [20, 5],
    [300, 100],
  ])("fits %d×%d and says what matters most", (width, height) => {
    const lines = drawTop(viewOf(readingOf({ containers: [containerOf("web")] })), width, height).toLines();
    expect(lines).toHaveLength(height);
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width);
    expect(lines.join("\n")).not.toContain("\x1b");
    expect(lines[0]).toMatch(/^box/);
    expect(lines[1]).toMatch(/^CPU 40\.0%|^CPU {2}40\.0%/);
    if (height >= 24) expect(lines.join("\n")).toMatch(/MEM[\s\S]*NET[\s\S]*PID[\s\S]*p1[\s\S]*q quit/);
  });

  it("is the same on 80×24 as it was", () => {
    const lines = drawTop(viewOf(readingOf()), 80, 24).toLines();
    expect(lines.slice(1).join("\n")).toMatchInlineSnapshot(`
      "CPU 40.0% ███████████▋─────────────────  MEM 25.0% ████▎──────────── 1.86G/7.45G
                                               SWP  0.0% ────────────────────── 0/954M
                                               avail 5.59G  cache 3.73G  free 954M
               ▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅           ▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃
               ██████████████████████████████  WAIT cpu  0.0% ────────────────────────
      user 30.0  sys 10.0  wait 0.0  st 0.0    WAIT mem  0.0% ────────────────────────
       0 ■■■■·······  40%  1 ■■■■·······  40%  WAIT io   0.0% ────────────────────────
      NET  ↓ 4.00K/s  ↑ 100/s                  DISK r 2.00K/s  w 0/s
      ███████████████████ ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  / 50.0% ███████████▌─────────── 50 free
      ✓ no limit is reached
          PID USER      S   CPU%  MEM%    RES     TIME COMMAND
            1 www       S   50.0   0.0  1.00K  0:01.00 /usr/bin/p1 --flag
            2 www       S    0.0   0.0  1.00K  0:01.00 evil ·[2J漢字









      q quit  h help  / filter  Tab containers  c cpu  m memory  i io  t time"
    `);
  });

  it("says so where a part of the machine does not exist", () => {
    const nothing = {
      cpu: null,
      memory: null,
      disk: null,
      network: null,
      load: null,
      pressure: null,
      processes: [],
      containers: [],
    };
    const text = drawTop(viewOf(readingOf(nothing)), 80, 24)
      .toLines()
      .join("\n");
    expect(text).toContain("nothing matches the filter");
  });

  it("shows 128 cores as one character each", () => {
    const perCore = Array.from({ length: 128 }, (_, i) => ({ core: String(i), usedRatio: i / 127, modes: MODES }));
    const lines = drawTop(
      viewOf(readingOf({ cpu: { usedRatio: 0.5, modes: MODES, cores: 128, perCore } })),
      120,
      40,
    ).toLines();
    expect(lines.some((line) => line.startsWith("▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂"))).toBe(true);
  });

  it("shows containers in the other view, and explains its keys", () => {
    const reading = readingOf({ containers: [containerOf("web", { memoryLimitBytes: 200 }), containerOf("db")] });
    const containers = drawTop(viewOf(reading, { view: "containers" }), 100, 30)
      .toLines()
      .join("\n");
    expect(containers).toMatch(/NAME .* MEM .*LIMIT[\s\S]*db[\s\S]*web/);
    expect(containers).not.toContain("PID");
    expect(
      drawTop(viewOf(reading, { help: true }), 80, 24)
        .toLines()
        .join("\n"),
    ).toContain("kernel threads too");
  });

  it.each([
    [76, 24],
    [60, 15],
    [60, 11],
  ])("frames its keys whole on %d×%d", (width, height) => {
    const lines = drawTop(viewOf(readingOf(), { help: true }), width, height).toLines();
    const first = lines.findIndex((line) => line.includes("╭─ Keys"));
    const last = lines.findIndex((line) => line.includes("╰──"));
    expect(first).toBeGreaterThanOrEqual(0);
    expect(last).toBeGreaterThan(first + 8);
    expect(lines[first + (height > 15 ? 2 : 1)]).toContain("c m i t  sort by CPU");
  });

  it("shows what the processes are sorted by, however narrow it is", () => {
    const reading = readingOf({ processes: [processOf(7, { readBytesPerSecond: 2048, threads: 77 })] });
    const linesBy = (sort: TopState["sort"]) => drawTop(viewOf(reading, { sort }), 60, 15).toLines().join("\n");
    expect(linesBy("io")).toMatch(/READ +WRITE[\s\S]* 2\.0+K/);
    expect(linesBy("threads")).toMatch(/THR[\s\S]* 77 /);
    expect(linesBy("cpu")).not.toMatch(/READ|THR|TIME/);
  });

  it("cuts no number of the waiting times", () => {
    const of = (someRatio: number) => ({ someRatio, fullRatio: 0 });
    const pressure = { cpu: of(0.859), memory: of(0), io: of(0.013) };
    const lineOf = (reading: TopReading) =>
      drawTop(viewOf(reading), 60, 15)
        .toLines()
        .find((line) => line.includes("WAIT"));
    expect(lineOf(readingOf({ pressure }))).toMatch(/WAIT cpu 85\.9 mem {1,2}0\.0 io {1,2}1\.3$/);
    expect(lineOf(readingOf({ pressure: { ...pressure, memory: of(0.12), io: of(0.987) } }))).toMatch(/mem 12\.0$/);
  });

  it("says that a terminal is too small, and nothing over its edges", () => {
    expect(drawTop(viewOf(readingOf()), 12, 3).toLines()).toEqual(["too small", "", ""]);
    expect(drawTop(viewOf(readingOf()), 4, 1).toLines()).toEqual(["too…"]);
  });

  it("keeps the cursor in sight", () => {
    const processes = Array.from({ length: 100 }, (_, i) => processOf(i + 1000, { cpuRatio: (100 - i) / 100 }));
    const lines = drawTop(viewOf(readingOf({ processes }), { selected: 1090 }), 80, 24).toLines();
    expect(lines.some((line) => line.includes("/usr/bin/p1090"))).toBe(true);
  });
});

describe("processes", () => {
  const rows = [
    processOf(1, { cpuRatio: 0.1, residentBytes: 5, name: "b" }),
    processOf(2, { cpuRatio: 0.9, residentBytes: 1, name: "c", container: "shop-web" }),
    processOf(3, { kernel: true, commandLine: "", name: "kworker" }),
    processOf(4, { residentBytes: 9, name: "a", readBytesPerSecond: 100 }),
  ];
  const pids = (state: Partial<TopState>) => shownProcesses(rows, { ...INITIAL_STATE, ...state }).map(({ pid }) => pid);

  it.each([
    [{}, [2, 1, 4]],
    [{ sort: "memory" as const }, [4, 1, 2]],
    [{ sort: "name" as const }, [4, 1, 2]],
    [{ sort: "io" as const }, [4, 2, 1]],
    [{ sort: "pid" as const, reversed: true }, [4, 2, 1]],
    [{ kernelThreads: true, sort: "pid" as const }, [1, 2, 3, 4]],
    [{ filter: "kwork" }, [3]],
    [{ filter: "P2 SHOP" }, [2]],
    [{ filter: "no such thing" }, []],
  ])("%j", (state, expected) => {
    expect(pids(state)).toEqual(expected);
  });

  it("shows a kernel thread that works hard", () => {
    const busy = [processOf(3, { kernel: true, cpuRatio: 0.5 })];
    expect(shownProcesses(busy, INITIAL_STATE)).toHaveLength(1);
  });
});

describe("keys", () => {
  const press = (keys: readonly string[]) =>
    keys.reduce<TopState | "end">((state, key) => (state === "end" ? "end" : applyKey(state, key)), INITIAL_STATE);

  it.each([
    [["q"], "end"],
    [["ctrl-c"], "end"],
    [["/", "q", "ctrl-c"], "end"],
    [["m"], { sort: "memory" }],
    [["m", "m"], { sort: "memory", reversed: true }],
    [["/", "a", "space", "q", "backspace", "b", "enter"], { filter: "a b", typing: false }],
    [["/", "a", "escape"], { filter: "", typing: false }],
    [["tab"], { view: "containers" }],
    [["h", "q"], { help: false, view: "processes" }],
    [["-", "-", "-", "-"], { intervalMs: 250 }],
    [["+"], { intervalMs: 2000 }],
    [["space"], { paused: true }],
  ])("%j", (keys, expected) => {
    if (expected === "end") expect(press(keys)).toBe("end");
    else expect(press(keys)).toMatchObject(expected as Partial<TopState>);
  });
});

describe("alerts", () => {
  it("says nothing of a healthy machine", () => {
    expect(new AlertTracker().update(readingOf())).toEqual([]);
  });

  it("tells of a full file system at once, of a busy CPU when it lasts, the worst first", () => {
    const tracker = new AlertTracker();
    const at = (seconds: number) =>
      readingOf({
        atMs: seconds * 1000,
        cpu: { usedRatio: 0.95, modes: MODES, cores: 2, perCore: [] },
        disk: { filesystems: [filesystemOf("/data", 0.97)], devices: [] },
      });
    expect(tracker.update(at(0)).map(alertText)).toEqual(["/data 97.0 % full"]);
    expect(tracker.update(at(5)).map(alertText)).toEqual(["/data 97.0 % full for 5 s", "CPU 95.0 % busy for 5 s"]);
    expect(tracker.update(readingOf({ atMs: 6000 }))).toEqual([]);
  });

  it("tells of an OOM kill for a while, but not of those before it looked", () => {
    const tracker = new AlertTracker();
    const at = (seconds: number, oomKills: number) =>
      readingOf({ atMs: seconds * 1000, containers: [containerOf("db", { oomKills })] });
    expect(tracker.update(at(0, 3))).toEqual([]);
    expect(tracker.update(at(1, 4)).map(({ text }) => text)).toEqual(["db ran out of memory, killed"]);
    expect(tracker.update(at(60, 4))).toHaveLength(1);
    expect(tracker.update(at(400, 4))).toEqual([]);
  });

  it("tells of a container near its limit", () => {
    const containers = [containerOf("db", { workingSetBytes: 98, memoryLimitBytes: 100 })];
    expect(new AlertTracker().update(readingOf({ containers })).map(alertText)).toEqual([
      "db at 98.0 % of its memory limit",
    ]);
  });
});
