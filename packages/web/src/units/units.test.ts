import { describe, expect, it } from "vitest";
import { unitOfMetric } from "./metric-unit.ts";
import { formatAge, formatAxisValue, formatValue } from "./units.ts";

const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("formatValue", () => {
  it.each([
    [0, "bytes", "0 B"],
    [1023, "bytes", "1023 B"],
    [1023.99 * 1024 * 1024, "bytes", "1.00 GiB"],
    [7_629_395_000, "bytes", "7.11 GiB"],
    [-2048, "bytes", "−2 KiB"],
    [12.345, "percent", "12.3 %"],
    [0.04, "percent", "0.04 %"],
    [0.5, "percentunit", "50 %"],
    [0.00812, "s", "8.12 ms"],
    [86_400 * 3, "s", "3 d"],
    [1_234_567, "Bps", "1.23 MB/s"],
    [1_234_567, "bps", "1.23 Mb/s"],
    [1536, "binBps", "1.50 KiB/s"],
    [12_345, "short", "12.3 k"],
    [262_144, "none", "262,144"],
    [6900, "none", "6900"],
    [512, "mbytes", "512 MiB"],
    [3, "MBs", "3 MB/s"],
    [12, "eps", "12/s"],
    [2.4e9, "hertz", "2.40 GHz"],
    [1, "bool_yes_no", "yes"],
    [3, "suffix:apples", "3 apples"],
    [Number.NaN, "bytes", "–"],
    [null, "bytes", "–"],
    [Number.POSITIVE_INFINITY, "s", "∞"],
    [1e-7, "none", "1.0e-7"],
  ])("%s as %s is %s", (value, unit, expected) => {
    expect(plain(formatValue(value, unit))).toBe(expected);
  });
  it("keeps asked-for digits", () => {
    expect(plain(formatValue(1.23456, "percent", 3))).toBe("1.235 %");
  });
});

it.each([
  [[1.5, 2], "none", ["1.5", "2"]],
  [[0, 0.25, 0.5], "none", ["0", "0.25", "0.5"]],
  [[0, 20_000, 40_000], "short", ["0", "20 k", "40 k"]],
  [[100_000, 200_000], "none", ["100,000", "200,000"]],
  [[1.05, 1.1], "none", ["1.05", "1.1"]],
  // Three significant digits made 248, 250, 253 of these.
  [[247.5, 250, 252.5], "bits", ["247.5 b", "250 b", "252.5 b"]],
  [[0, 512 * 2 ** 20, 2 ** 30, 1.5 * 2 ** 30], "bytes", ["0 B", "512 MiB", "1 GiB", "1.5 GiB"]],
  [[0.9995, 0.9996], "percentunit", ["99.95 %", "99.96 %"]],
  [[0, 25e-6, 50e-6], "s", ["0 s", "25 µs", "50 µs"]],
])("an axis writes %j (%s) as %j", (values, unit, expected) => {
  const step = values.at(-1)! - values.at(-2)!;
  expect(values.map((value) => plain(formatAxisValue(value, unit, step)))).toEqual(expected);
});

it.each([
  [0, "0 s"],
  [45_000, "45 s"],
  [3_600_000 * 25, "1 d 1 h"],
  [60_000 * 90, "1 h 30 min"],
  [60_000 * 12 + 5000, "12 min"],
])("an age of %s ms is %s", (ms, expected) => {
  expect(plain(formatAge(ms))).toBe(expected);
});

it.each([
  ["node_memory_MemFree_bytes", false, "bytes"],
  ["node_disk_read_bytes_total", true, "binBps"],
  ["node_cpu_seconds_total", true, "percentunit"],
  ["node_load1", false, "short"],
  ["http_requests_total", true, "eps"],
])("%s (rate: %s) is in %s", (name, isRate, unit) => {
  expect(unitOfMetric(name, isRate)).toBe(unit);
});
