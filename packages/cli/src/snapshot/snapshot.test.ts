import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MetricFamily } from "@dmon/collect";
import { describe, expect, it } from "vitest";
import { type Schema, violations } from "../testing/json-schema.ts";
import { FamiliesView, Interval } from "./families-view.ts";
import { formatBytes, formatBytesShort, formatCpuTime, formatDuration, formatPercent } from "./format.ts";
import { cpuSection, diskSection, memorySection, networkSection, pressureSection } from "./sections.ts";
import { SECTION_NAMES, type Snapshot } from "./snapshot-types.ts";
import { snapshotTable } from "./table.ts";
import { takeSnapshot } from "./take-snapshot.ts";

const SCHEMA = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../../docs/formats/snapshot.schema.json"), "utf8"),
) as Schema;

/** `name{label="value"} number` lines as families. */
function view(text: string, atMs = 0): FamiliesView {
  const families = new Map<string, { labelNames: string[]; samples: { labelValues: string[]; value: number }[] }>();
  for (const line of text.trim().split("\n")) {
    const [, name, labels = "", value] = /^\s*(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)!;
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)];
    const family = families.get(name!) ?? { labelNames: pairs.map(([, label]) => label!), samples: [] };
    family.samples.push({ labelValues: pairs.map(([, , text]) => text!), value: Number(value) });
    families.set(name!, family);
  }
  const all = [...families].map(
    ([name, family]): MetricFamily => ({ name, metadataName: name, help: "", type: "gauge", ...family }),
  );
  return new FamiliesView(all, atMs);
}

describe("a reading of this machine", () => {
  it("is as the schema says", async () => {
    const reading = await takeSnapshot(SECTION_NAMES, 50);
    expect(violations(SCHEMA, JSON.parse(JSON.stringify(reading)))).toEqual([]);
    expect(Object.keys(reading)).toEqual(expect.arrayContaining([...SECTION_NAMES]));
    expect(reading.cpu!.perCore).toHaveLength(reading.cpu!.cores);
    expect(reading.memory!.totalBytes).toBeGreaterThan(0);
    expect(reading.processes!.total).toBeGreaterThan(0);
  });

  it("holds what was asked for and nothing else", async () => {
    const reading = await takeSnapshot(["load"], 50);
    expect(Object.keys(reading).sort()).toEqual(["errors", "intervalSeconds", "load", "takenAt", "version"]);
  });
});

describe("the schema", () => {
  it.each([
    [{}, "$: lacks version"],
    [{ version: 2 }, "$.version: is not 1"],
    [{ version: 1, takenAt: "yesterday", intervalSeconds: -1, errors: [{}] }, "$.takenAt: does not match"],
    [{ extra: 1 }, "$: has extra, which is not in the schema"],
    [{ cpu: { usedRatio: 2 } }, "$.cpu.usedRatio: above 1"],
    [{ containers: {} }, "$.containers: is object, not array or null"],
  ])("refuses %j", (value, first) => {
    expect(violations(SCHEMA, value).join("\n")).toContain(first);
  });
});

describe("sections", () => {
  const cpu = (user: number, idle: number, iowait: number) =>
    `node_cpu_seconds_total{cpu="0",mode="user"} ${user}
     node_cpu_seconds_total{cpu="0",mode="idle"} ${idle}
     node_cpu_seconds_total{cpu="0",mode="iowait"} ${iowait}
     node_cpu_seconds_total{cpu="1",mode="user"} 5
     node_cpu_seconds_total{cpu="1",mode="idle"} ${idle}
     node_cpu_seconds_total{cpu="1",mode="iowait"} 0`;

  it("counts neither idling nor waiting for storage as CPU use", () => {
    const section = cpuSection(new Interval(view(cpu(10, 100, 1)), view(cpu(10.5, 100.25, 1.25), 1000)))!;
    expect(section.perCore.map(({ usedRatio }) => usedRatio)).toEqual([0.5, 0]);
    expect(section.usedRatio).toBeCloseTo(0.4);
    expect(section.modes.iowait).toBeCloseTo(0.2);
  });

  it("calls a core idle that did not tick", () => {
    expect(cpuSection(new Interval(view(cpu(1, 1, 1)), view(cpu(1, 1, 1), 1000)))!.usedRatio).toBe(0);
  });

  it("takes used memory as what is not available", () => {
    const section = memorySection(
      view(`node_memory_MemTotal_bytes 1000
            node_memory_MemFree_bytes 100
            node_memory_MemAvailable_bytes 600
            node_memory_SwapTotal_bytes 50
            node_memory_SwapFree_bytes 40`),
    );
    expect(section).toMatchObject({ usedBytes: 400, usedRatio: 0.4, swap: { usedBytes: 10, usedRatio: 0.2 } });
  });

  it("says how full a file system is as df does, and how fast a disk works", () => {
    const text = (read: number) => `node_filesystem_size_bytes{device="/dev/sda1",mountpoint="/",fstype="ext4"} 1000
      node_filesystem_free_bytes{device="/dev/sda1",mountpoint="/",fstype="ext4"} 400
      node_filesystem_avail_bytes{device="/dev/sda1",mountpoint="/",fstype="ext4"} 300
      node_filesystem_files{device="/dev/sda1",mountpoint="/",fstype="ext4"} 10
      node_filesystem_files_free{device="/dev/sda1",mountpoint="/",fstype="ext4"} 5
      node_disk_read_bytes_total{device="sda"} ${read}`;
    const section = diskSection(new Interval(view(text(100)), view(text(300), 2000)))!;
    expect(section.filesystems[0]).toMatchObject({ usedBytes: 600, inodesUsedRatio: 0.5, readOnly: false });
    expect(section.filesystems[0]!.usedRatio).toBeCloseTo(600 / 900);
    expect(section.devices[0]).toMatchObject({ readBytesTotal: 300, readBytesPerSecond: 100 });
  });

  it("takes a counter that fell for a new one", () => {
    const text = (bytes: number) => `node_network_receive_bytes_total{device="eth0"} ${bytes}`;
    const section = networkSection(new Interval(view(text(500)), view(text(20), 1000)))!;
    expect(section.interfaces[0]).toMatchObject({ name: "eth0", up: null, receivedBytesPerSecond: 0 });
  });

  it("knows no pressure where the kernel does not", () => {
    expect(pressureSection(new Interval(view("a 1"), view("a 1", 1000)))).toBeNull();
  });
});

it("prints every section as a table, without a colour where none is wanted", async () => {
  const reading: Snapshot = {
    ...(await takeSnapshot(SECTION_NAMES, 50)),
    pressure: null,
    errors: [{ section: "disk", source: "filesystem", message: "hangs" }],
  };
  const text = snapshotTable(reading, 80, 0);
  expect(text).not.toContain("\x1b");
  for (const title of ["Host", "CPU", "Memory", "Disks", "Network", "Load", "Pressure", "Processes", "Containers"]) {
    expect(text).toMatch(new RegExp(`^${title}`, "m"));
  }
  expect(text).toContain("not on this machine");
  expect(text).toContain("disk (filesystem): hangs");
  expect(snapshotTable(reading, 80, 8)).toContain("\x1b[0;1;38;5;203m");
});

describe("numbers for people", () => {
  it.each([
    [0, "0 B", "0"],
    [999, "999 B", "999"],
    [1000, "0.98 KiB", "0.98K"],
    [1536, "1.50 KiB", "1.50K"],
    [25_276_502_016, "23.5 GiB", "23.5G"],
    [1023.9 * 1024 ** 2, "1.00 GiB", "1.00G"],
  ])("%d bytes", (bytes, long, short) => {
    expect(formatBytes(bytes)).toBe(long);
    expect(formatBytesShort(bytes)).toBe(short);
  });

  it.each([
    [0, "0 s"],
    [59.6, "1 min"],
    [3725, "1 h 2 min"],
    [3 * 86_400 + 4 * 3600, "3 d 4 h"],
    [86_400, "1 d"],
  ])("%d seconds", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it.each([
    [62.5, "1:02.50"],
    [43_509, "12:05:09"],
    [273_600, "3d04h"],
  ])("%d seconds of CPU time", (seconds, text) => {
    expect(formatCpuTime(seconds)).toBe(text);
  });

  it.each([
    [0.1234, "12.3 %"],
    [0.9999, "100 %"],
    [2, "200 %"],
  ])("%d as a share", (ratio, text) => {
    expect(formatPercent(ratio)).toBe(text);
  });
});
