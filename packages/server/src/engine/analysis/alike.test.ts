import { Labels } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { groupAlike } from "./alike.ts";
import { COURSE_LENGTH, type Course, steadiness } from "./course.ts";
import { materiality } from "./material.ts";
import { Families, isMoment } from "./weight.ts";

const step = (low: number, high: number) =>
  Float64Array.from({ length: COURSE_LENGTH }, (_, i) => (i < 24 ? low : high) + (i % 3));
const wave = Float64Array.from({ length: COURSE_LENGTH }, (_, i) => Math.sin(i));
/** Not there before a point, and restless afterwards. */
const came = (at: number) =>
  Float64Array.from({ length: COURSE_LENGTH }, (_, i) => (i < at ? Number.NaN : (i * at) % 7));
const course = (labels: Record<string, string>, points: Course["points"] = step(10, 500)): Course => ({
  labels: Labels.from(labels),
  points,
});
const named = (name: string, labels: Record<string, string> = {}, points?: Course["points"]) =>
  course({ __name__: name, instance: "a", ...labels }, points);

describe("groupAlike", () => {
  it.each([
    [
      "bytes and packets of one interface",
      named("node_network_receive_bytes_total", { device: "lo" }),
      named("node_network_transmit_packets_total", { device: "lo" }),
      1,
    ],
    [
      "one metric of two cores",
      named("node_cpu_seconds_total", { cpu: "0" }),
      named("node_cpu_seconds_total", { cpu: "1" }),
      1,
    ],
    [
      "what goes the other way",
      named("node_memory_MemFree_bytes"),
      named("node_memory_Cached_bytes", {}, step(500, 10)),
      1,
    ],
    [
      "two interfaces",
      named("node_network_receive_bytes_total", { device: "lo" }),
      named("node_network_receive_bytes_total", { device: "eth0" }),
      2,
    ],
    [
      "two programs",
      named("namedprocess_namegroup_num_procs", { groupname: "x" }),
      named("namedprocess_namegroup_num_threads", { groupname: "y" }),
      2,
    ],
    [
      "what came at the same moment",
      named("namedprocess_namegroup_num_procs", { groupname: "x" }, came(24)),
      named("namedprocess_namegroup_cpu_seconds_total", { groupname: "x" }, came(25)),
      1,
    ],
    [
      "what came at different moments",
      named("namedprocess_namegroup_num_procs", { groupname: "x" }, came(24)),
      named("namedprocess_namegroup_cpu_seconds_total", { groupname: "x" }, came(34)),
      2,
    ],
    ["different subjects", named("node_disk_io_now"), named("node_network_receive_bytes_total"), 2],
    ["another course", named("node_disk_io_now"), named("node_disk_read_bytes_total", {}, wave), 2],
    ["a constant", named("node_disk_io_now"), named("node_disk_read_bytes_total", {}, step(0, 0).fill(7)), 2],
  ])("%s", (_name, a, b, groups) => {
    expect(groupAlike([a, b])).toHaveLength(groups);
  });

  it("keeps the order, and puts the most important first", () => {
    const disk = (name: string) => named(`node_disk_${name}`, { device: "vda" });
    expect(groupAlike([disk("a"), named("node_load1"), disk("b"), disk("c")])).toEqual([[0, 2, 3], [1]]);
  });
});

describe("steadiness", () => {
  const spike = step(0, 0).fill(1).with(40, 500);
  it.each([
    ["a step", step(10, 500), "rose", 1],
    ["a fall", step(500, 10), "fell", 1],
    ["one spike", spike, "rose", 1 / 24],
    ["one spike in calm", spike, "varied", 1 / 24],
    ["nothing before", step(Number.NaN, 5), "rose", 0],
  ] as const)("of %s", (_name, points, kind, expected) => {
    expect(steadiness(course({ __name__: "x" }, points), kind)).toBeCloseTo(expected, 12);
  });
});

describe("weights", () => {
  const process = (name: string) => Labels.from({ __name__: "open_files", instance: "a", groupname: name });
  it("counts a series by its share of all that its metric has on the host", () => {
    const families = new Families();
    families.add(process("small"), 0, 1);
    families.add(process("large"), 50, 99);
    families.add(Labels.from({ __name__: "open_files", instance: "other host" }), 1e9, 1e9);
    expect(families.weight(process("small"), 1)).toBeCloseTo(0.1, 12);
    expect(families.weight(process("large"), 49)).toBeCloseTo(0.7, 12);
  });
  it("counts this program's own series half", () => {
    const families = new Families();
    const own = Labels.from({ __name__: "dmon_engine_queue_tasks", instance: "a" });
    families.add(own, 0, 3);
    expect(families.weight(own, 3)).toBe(0.5);
  });
  it("counts bytes by what they are of the machine's memory", () => {
    const families = new Families();
    families.add(Labels.from({ __name__: "node_memory_MemTotal_bytes", instance: "a" }), 16e9, 16e9);
    const cache = Labels.from({ __name__: "cache_bytes", instance: "a" });
    families.add(cache, 1e9, 2e9);
    expect(families.weight(cache, 250_000)).toBeLessThan(0.001);
    expect(families.weight(cache, 1e9)).toBeGreaterThan(0.6);
  });
  it.each([
    ["node_network_receive_bytes_total", 100, 1e7],
    ["node_cpu_seconds_total", 0.0005, 1],
    ["scrape_duration_seconds", 0.001, 2],
    ["node_context_switches_total", 2, 10_000],
  ])("of %s: %d is next to nothing, %d is much", (name, little, much) => {
    expect(materiality(name, little, 0)).toBeLessThan(0.06);
    expect(materiality(name, much, 0)).toBeGreaterThan(0.9);
  });
  it.each(["node_vmstat_oom_kill", "http_errors_total", "node_md_disks", "up"])("of %s one counts whole", (name) => {
    expect(materiality(name, 0.01, 16e9)).toBe(1);
  });
  it("counts a lost target whole, however many there are", () => {
    const families = new Families();
    const target = (i: number) => Labels.from({ __name__: "up", instance: "a", job: `${i}` });
    for (let i = 0; i < 100; i++) families.add(target(i), 1, i === 0 ? 0 : 1);
    expect(families.weight(target(0), 1)).toBe(1);
  });
  it.each([
    ["namedprocess_namegroup_oldest_start_time_seconds", true],
    ["node_boot_time_seconds", true],
    ["node_disk_io_time_seconds_total", false],
  ])("%s is a moment: %s", (name, expected) => {
    expect(isMoment(name)).toBe(expected);
  });
});
