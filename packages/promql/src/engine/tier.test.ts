import {
  Labels,
  type Queryable,
  runToEnd,
  type SampleColumns,
  SampleKind,
  type SelectedSeries,
  type SelectHints,
  type Selection,
  type Tier,
  type TierColumns,
} from "@dmon/model";
import { describe, expect, it } from "vitest";
import { createPromqlEngine } from "./engine.ts";

const BUCKET_MS = 60_000;

/** A counter that grows by one a second and is reset once, kept raw and as points of a minute, computed naively. */
const samples = Array.from({ length: 3600 }, (_, i) => ({ atMs: (i + 1) * 1000, value: i < 2000 ? i : i - 2000 }));

function series(): SelectedSeries {
  return {
    labels: Labels.from({ __name__: "x_total" }),
    read(minMs, maxMs, out: SampleColumns) {
      const wanted = samples.filter(({ atMs }) => atMs >= minMs && atMs <= maxMs);
      out.reserve(wanted.length);
      wanted.forEach(({ atMs, value }, i) => {
        out.timesMs[i] = atMs;
        out.values[i] = value;
        out.kinds[i] = SampleKind.FLOAT;
      });
      out.length = wanted.length;
    },
    readTier(minMs, maxMs, out: TierColumns) {
      out.length = 0;
      let previous = 0;
      for (let endMs = BUCKET_MS; endMs <= 3_600_000; endMs += BUCKET_MS) {
        const inside = samples.filter(({ atMs }) => atMs > endMs - BUCKET_MS && atMs <= endMs);
        const values = inside.map(({ value }) => value);
        let increase = 0;
        for (const value of values) {
          increase += value < previous ? value : value - previous;
          previous = value;
        }
        if (endMs < minMs || endMs >= maxMs + BUCKET_MS) continue;
        out.reserve(out.length + 1);
        const i = out.length++;
        out.endsMs[i] = endMs;
        out.min[i] = Math.min(...values);
        out.max[i] = Math.max(...values);
        out.sum[i] = values.reduce((a, b) => a + b, 0);
        out.count[i] = values.length;
        out.last[i] = values.at(-1)!;
        out.lastAtMs[i] = inside.at(-1)!.atMs;
        out.increase[i] = increase;
        out.endedStale[i] = 0;
      }
    },
  };
}

function queryableOf(tier: Tier, asked: SelectHints[] = []): Queryable {
  return {
    *select(_matchers, hints): Generator<void, Selection> {
      asked.push(hints);
      const infos = tier === "raw" ? [] : ["answered from points of 1m"];
      return { tier, tierStepMs: tier === "raw" ? 0 : BUCKET_MS, series: [series()], infos, warnings: [] };
    },
  } as Partial<Queryable> as Queryable;
}

function valuesOf(tier: Tier, query: string): readonly number[] {
  const range = { query, startMs: 1_200_000, endMs: 3_600_000, stepMs: 300_000 };
  const { value } = runToEnd(createPromqlEngine(queryableOf(tier)).range(range));
  return value.type === "matrix" ? [...value.series[0]!.values] : [];
}

describe("answers from a tier", () => {
  it.each(["min", "max", "sum", "count", "avg", "last"])("%s_over_time is that of the raw samples", (name) => {
    const query = `${name}_over_time(x_total[10m])`;
    expect(valuesOf("1m", query)).toEqual(valuesOf("raw", query));
  });

  it.each([
    "rate(x_total[10m])",
    "increase(x_total[10m])",
  ])("%s is that of the raw samples within a bucket", (query) => {
    const raw = valuesOf("raw", query);
    for (const [i, value] of valuesOf("1m", query).entries())
      expect(Math.abs(value - raw[i]!)).toBeLessThan(0.01 * raw[i]!);
  });

  it("a plain selector sees the last value", () => {
    expect(valuesOf("1m", "x_total")).toEqual(valuesOf("raw", "x_total"));
  });

  it("are refused for functions that need each sample", () => {
    expect(() => valuesOf("1m", "stddev_over_time(x_total[10m])")).toThrow("stddev_over_time needs raw samples");
  });

  it("say so", () => {
    const engine = createPromqlEngine(queryableOf("1m"));
    expect(runToEnd(engine.instant({ query: "x_total", atMs: 3_600_000 })).infos).toEqual([
      "answered from points of 1m",
    ]);
  });
});

describe("a selection", () => {
  it("is told all that the steps may read", () => {
    const asked: SelectHints[] = [];
    const engine = createPromqlEngine(queryableOf("raw", asked));
    const query = "rate(x_total[5m] offset 1m) + max_over_time(x_total[10m:1m])";
    runToEnd(engine.range({ query, startMs: 1_800_000, endMs: 2_400_000, stepMs: 60_000 }));
    expect(asked).toEqual([
      { startMs: 1_440_001, endMs: 2_340_000, stepMs: 60_000, rangeMs: 300_000, func: "rate" },
      { startMs: 960_001, endMs: 2_400_000, stepMs: 60_000, rangeMs: 0, func: "" },
    ]);
  });
});
