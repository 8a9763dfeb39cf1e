import { describe, expect, it } from "vitest";
import { cgroupPath, commandLine, openFilesLimit, parseIo, parseStatus } from "./details.ts";
import { groupName } from "./group-name.ts";
import { StatLine } from "./stat-line.ts";
import { pageBytes } from "./system-constants.ts";
import { parsePasswd } from "./user-names.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

// Captured on Linux 6.18; the third is a kernel worker's, the fourth a thread's, the name of the second made up.
const STAT = {
  bash: "4219 (bash) S 4218 4219 4219 0 -1 4194560 3136 35769 7 6 1 2 24 10 20 5 3 0 82403 5124096 992 18446744073709551615 94025528987648 94025529777053 140721195965728 0 0 0 65536 4 1132560123 1 0 0 17 0 0 0 0 0 0 94025530010352 94025530058596 94026460872704 140721195973502 140721195973517 140721195973517 140721195974634 0\n",
  odd: "77 (a) R (b) Z 1 77 77 0 -1 4194560 1 0 0 0 5 6 0 0 20 -10 1 0 9 4096 3 0\n",
  kworker:
    "9 (kworker/0:1-events_unbound) I 2 0 0 0 -1 69238880 0 0 0 0 0 11 0 0 20 0 1 0 11 0 0 18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
  thread:
    "5954 (node) S 5949 5949 5203 0 -1 4194368 2371 0 0 0 11 1 0 0 20 0 7 0 2415804 745992192 10469 18446744073709551615 11988992 39846385 140731972107168 0 0 0 512 16781312 17922 0 0 0 -1 1 0 0 0 0 0 90418888 90555584 221118464 140731972114963 140731972115178 140731972115178 140731972116458 0\n",
};

describe("stat", () => {
  const stat = new StatLine();
  const nameOf = () => new TextDecoder().decode(stat.bytes.subarray(stat.nameStart, stat.nameEnd));

  it("reads what is needed", () => {
    expect(stat.parse(bytes(STAT.bash))).toBe(true);
    expect(nameOf()).toBe("bash");
    expect(String.fromCharCode(stat.state)).toBe("S");
    expect(stat).toMatchObject({
      ppid: 4218,
      isKernelThread: false,
      minorFaults: 3136,
      majorFaults: 7,
      userTicks: 1,
      systemTicks: 2,
      nice: 5,
      threads: 3,
      startTicks: 82403,
      virtualBytes: 5124096,
      residentPages: 992,
    });
  });

  it("tells a thread from a process", () => {
    const isLaterThread = (line: string) => stat.parse(bytes(line)) && stat.isLaterThread();
    expect(isLaterThread(STAT.thread)).toBe(true);
    for (const line of [STAT.bash, STAT.odd, STAT.kworker]) expect(isLaterThread(line)).toBe(false);
  });

  it("finds the end of a name that holds brackets and spaces", () => {
    expect(stat.parse(bytes(STAT.odd))).toBe(true);
    expect(nameOf()).toBe("a) R (b");
    expect(stat).toMatchObject({ state: 90, ppid: 1, nice: -10, residentPages: 3 });
  });

  it("knows kernel threads", () => {
    expect(stat.parse(bytes(STAT.kworker))).toBe(true);
    expect(stat.isKernelThread).toBe(true);
    expect(nameOf()).toBe("kworker/0:1-events_unbound");
  });

  it.each(["", "1 (x", "1 (x)", "1 (x) S 0", "garbage"])("refuses %j", (text) => {
    expect(stat.parse(bytes(text))).toBe(false);
  });
});

it("reads status, and keeps what it does not say", () => {
  const out = { uid: Number.NaN, swapBytes: 0, voluntarySwitches: 0, nonvoluntarySwitches: 0 };
  const text =
    "Name:\tbash\nUid:\t1000\t0\t0\t0\nVmSwap:\t      12 kB\nvoluntary_ctxt_switches:\t77\nnonvoluntary_ctxt_switches:\t27\n";
  parseStatus(bytes(text), out);
  expect(out).toEqual({ uid: 1000, swapBytes: 12_288, voluntarySwitches: 77, nonvoluntarySwitches: 27 });
  parseStatus(bytes("Uid:\t5\t0\n"), out);
  expect(out).toEqual({ uid: 5, swapBytes: 12_288, voluntarySwitches: 77, nonvoluntarySwitches: 27 });
  // A kernel that says more behind the context switches, and a name that looks like a line.
  const longer =
    "Name:\tUid:\nUid:\t7\nVmSwap:\t1 kB\nvoluntary_ctxt_switches:\t8\nnonvoluntary_ctxt_switches:\t9\nx:\t1\n";
  parseStatus(bytes(longer), out);
  expect(out).toEqual({ uid: 7, swapBytes: 1024, voluntarySwitches: 8, nonvoluntarySwitches: 9 });
  parseStatus(bytes(""), out);
  parseStatus(bytes("VmSwap:\t3 kB"), out);
  expect(out).toEqual({ uid: 7, swapBytes: 3072, voluntarySwitches: 8, nonvoluntarySwitches: 9 });
});

it("reads storage traffic, not what passed through system calls", () => {
  const out = { readBytes: 0, writeBytes: 0 };
  const text = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n";
  parseIo(bytes(text), out);
  expect(out).toEqual({ readBytes: 5, writeBytes: 6 });
});

it.each([
  ["Max open files            1024                 4096                 files     \n", 1024],
  ["Max open files            unlimited            unlimited            files     \n", Number.POSITIVE_INFINITY],
  ["", Number.NaN],
])("reads the limit on open files: %j", (text, limit) => {
  expect(openFilesLimit(text)).toBe(limit);
});

it.each([
  ["/usr/bin/x\0-a\0b c\0", 100, "/usr/bin/x -a b c"],
  ["nginx: worker\n\0\0\0", 100, "nginx: worker"],
  ["überlang", 4, "über"],
  ["", 10, ""],
])("joins arguments: %j", (text, max, line) => {
  expect(commandLine(bytes(text), max)).toBe(line);
});

it.each([
  ["0::/system.slice/ssh.service", "/system.slice/ssh.service"],
  ["9:name=systemd:/\n4:memory:/docker/abc\n1:cpu:/\n0::/", "/docker/abc"],
  ["9:name=systemd:/a/b\n0::/init.scope", "/init.scope"],
  ["", "/"],
])("chooses the cgroup: %j", (text, path) => {
  expect(cgroupPath(text)).toBe(path);
});

it.each([
  ["bash", "-bash", false, "bash"],
  ["kworker/u8:2-events", "", true, "kworker"],
  ["ksoftirqd/1", "", true, "ksoftirqd"],
  ["kswapd0", "", true, "kswapd"],
  ["jbd2/sda1-8", "", true, "jbd2"],
  ["prometheus-node", "/usr/bin/prometheus-node-exporter --x", false, "prometheus-node-exporter"],
  ["some-other-name", "/usr/bin/python3 x", false, "some-other-name"],
  ["MainThread", "/opt/bin/node --run x", false, "node"],
  ["MainThread", "", false, "MainThread"],
])("groups %s (%s) as it should", (name, line, kernel, group) => {
  expect(groupName(name, line, kernel)).toBe(group);
});

it("finds the page size, here and in a table", () => {
  expect(pageBytes(new Uint8Array(BigUint64Array.of(3n, 64n, 6n, 16384n, 0n, 0n).buffer))).toBe(16384);
  expect(pageBytes(new Uint8Array(0))).toBe(4096);
  expect(pageBytes()).toBeGreaterThanOrEqual(4096);
});

it("reads user names, the first of several", () => {
  const names = parsePasswd("root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\nbad line\nu:x:1000:1000::/home/u:\n");
  expect([...names]).toEqual([
    [0, "root"],
    [1000, "u"],
  ]);
});
