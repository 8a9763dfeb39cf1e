import { DmonError, Labels, type QueryValue, runToEnd } from "@dmon/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { h } from "../histogram/testing/notation.ts";
import { MemoryStorage } from "../promqltest/storage.ts";
import { createPromqlEngine, type EngineOptions } from "./engine.ts";

/** Series at multiples of `stepMs`; undefined leaves a gap. */
function storageOf(series: Readonly<Record<string, readonly (number | undefined)[]>>, stepMs = 15_000): MemoryStorage {
  const storage = new MemoryStorage();
  for (const [name, values] of Object.entries(series)) {
    const labels = Labels.from({ __name__: name.split("/")[0]!, id: name.split("/")[1] ?? "" });
    values.forEach((value, i) => {
      if (value !== undefined) storage.appendFloat(labels, i * stepMs, value);
    });
  }
  return storage;
}

function instant(storage: MemoryStorage, query: string, atMs: number, options: EngineOptions = {}): QueryValue {
  return runToEnd(createPromqlEngine(storage, options).instant({ query, atMs })).value;
}

function floats(value: QueryValue): Record<string, number> {
  if (value.type !== "vector") throw new Error(`a ${value.type}`);
  return Object.fromEntries(value.samples.map((sample) => [String(sample.labels), sample.value]));
}

const EXPRESSIONS = [
  "m",
  "m offset 30s",
  "m @ 60",
  "rate(m[1m])",
  "increase(m[47s])",
  "delta(m[1m] offset 15s)",
  "irate(m[1m])",
  "idelta(m[1m])",
  "changes(m[2m])",
  "resets(m[2m])",
  "sum_over_time(m[1m])",
  "avg_over_time(m[90s])",
  "min_over_time(m[2m])",
  "max_over_time(m[2m])",
  "quantile_over_time(0.3, m[2m])",
  "mad_over_time(m[2m])",
  "stddev_over_time(m[1m])",
  "deriv(m[1m])",
  "predict_linear(m[1m], 60)",
  "predict_linear(m[1m] @ 60, 60)",
  "last_over_time(m[1m])",
  "count_over_time(m[1m:10s])",
  "max_over_time(rate(m[1m])[2m:20s])",
  "increase(m[1m] anchored)",
  "rate(m[1m] smoothed)",
  "sum by (id) (m)",
  "avg(m)",
  "stddev(m)",
  "quantile(0.5, m)",
  "count_values('v', m)",
  "topk(1, m)",
  "bottomk(2, m)",
  "limitk(1, m)",
  "m > 5",
  "m > bool 5",
  "2 ^ m",
  "m + on (id) m",
  "m and on (id) n",
  "m or n",
  "n unless on (id) m",
  "n - on (id) group_right m",
  "n + on (id) fill(1) (m < 50)",
  "absent(m > 60)",
  "absent_over_time(n[30s])",
  "timestamp(m)",
  "time() - m",
  "scalar(n) * m",
  "clamp(m, 2, 60)",
  "round(m, 7)",
  "label_replace(m, 'x', '$1', 'id', '(.).*')",
  "-m",
  "hour(m * 3600)",
];

const column = fc.array(fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined, freq: 6 }), {
  minLength: 5,
  maxLength: 25,
});

describe("a range query", () => {
  it.each(EXPRESSIONS)("is at each step what an instant query is: %s", (query) => {
    fc.assert(
      fc.property(column, column, column, fc.constantFrom(7_000, 15_000, 40_000), (a, b, c, stepMs) => {
        const storage = storageOf({ "m/a": a, "m/b": b, "n/a": c });
        const engine = createPromqlEngine(storage, { experimentalFunctions: true, lookbackMs: 45_000 });
        const range = runToEnd(engine.range({ query, startMs: 0, endMs: 300_000, stepMs })).value;
        if (range.type !== "matrix") throw new Error(`a ${range.type}`);
        for (let atMs = 0; atMs <= 300_000; atMs += stepMs) {
          const expected: Record<string, number> = {};
          for (const { labels, timesMs, values } of range.series) {
            const at = timesMs.indexOf(atMs);
            if (at >= 0) expected[String(labels)] = values[at]!;
          }
          expect(floats(runToEnd(engine.instant({ query, atMs })).value)).toEqual(expected);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("refuses what has no place in a chart", () => {
    const engine = createPromqlEngine(storageOf({}));
    const run = () => runToEnd(engine.range({ query: "m[5m]", startMs: 0, endMs: 1000, stepMs: 1000 }));
    expect(run).toThrow('invalid expression type "range vector" for range query, must be Scalar or instant Vector');
  });
});

describe("names of metrics", () => {
  const storage = storageOf({ "a_total/x": [1, 2, 3], "b_total/x": [2, 4, 6] });

  it("are dropped at once, so that two series may become one and are refused", () => {
    expect(() => instant(storage, 'sum(rate({__name__=~".*_total"}[1m]))', 30_000)).toThrow(
      "vector cannot contain metrics with the same labelset",
    );
  });

  it("are dropped at the end where removal is delayed", () => {
    const options = { delayedNameRemoval: true };
    const query = 'sum by (id) (increase({__name__=~".*_total"}[30s]))';
    expect(floats(instant(storage, query, 30_000, options))).toEqual({ '{id="x"}': 6 });
  });
});

describe("names that are dropped at once", () => {
  const storage = new MemoryStorage();
  const series = (text: Readonly<Record<string, string>>) => Labels.from(text);
  const histogram = h("count:5 sum:NaN buckets:[4]");
  storage.appendHistogram(series({ __name__: "hn", __type__: "histogram" }), 0, histogram);
  storage.appendFloat(series({ __name__: "m", a: "1", b: "x" }), 0, 1);
  storage.appendFloat(series({ __name__: "meta", __type__: "gauge", a: "1" }), 0, 1);
  const run = (query: string) => runToEnd(createPromqlEngine(storage).instant({ query, atMs: 0 }));

  it("are not in what is said of histograms", () => {
    expect(run("histogram_quantile(1, hn)").infos).toEqual([
      "PromQL info: input to histogram_quantile has NaN observations, result is NaN (1:20)",
    ]);
  });

  it("are in what is said of buckets, which are judged before", () => {
    expect(run("histogram_quantile(1, m)").warnings).toEqual([
      'PromQL warning: bucket label "le" is missing or has a malformed value of "" for metric name "m" (1:23)',
    ]);
  });

  it("take the type along, but for a histogram's count", () => {
    expect(floats(run("histogram_count(hn)").value)).toEqual({ '{__type__="histogram"}': 5 });
    expect(floats(run("histogram_quantile(1, hn)").value)).toEqual({ "{}": Number.NaN });
  });

  it("are gone whatever the one side gives", () => {
    const query = "m == bool on (a) group_left (__name__, __type__) meta";
    expect(floats(run(query).value)).toEqual({ '{a="1", b="x"}': 1 });
  });
});

describe("limits", () => {
  const storage = storageOf({
    "m/a": Array.from({ length: 500 }, (_, i) => i),
    "m/b": Array.from({ length: 500 }, () => 1),
  });

  it("end a query that holds too many samples", () => {
    const engine = createPromqlEngine(storage, { maxSamples: 100 });
    const run = () => runToEnd(engine.range({ query: "m", startMs: 0, endMs: 7_200_000, stepMs: 15_000 }));
    expect(run).toThrow(expect.objectContaining({ code: "query_too_large" }));
  });

  it.each(["rate(m[10y:1ms])", "m[10y:1ms]"])("refuse more steps than fit: %s", (query) => {
    expect(() => instant(storage, query, 7_200_000)).toThrow(expect.objectContaining({ code: "query_too_large" }));
  });

  function drive(options: { readonly signal?: AbortSignal; readonly timeoutMs?: number }, during: () => void): unknown {
    const engine = createPromqlEngine(storage);
    const query = "sum_over_time(sum_over_time(m[2h])[2h:1s])";
    const task = engine.range({ query, startMs: 0, endMs: 7_200_000, stepMs: 15_000, ...options });
    try {
      expect(task.next().done).toBe(false);
      during();
      runToEnd(task);
    } catch (error) {
      return error instanceof DmonError ? error.code : error;
    }
    return "ended";
  }

  it("end a query that is no longer wanted", () => {
    const controller = new AbortController();
    expect(drive({ signal: controller.signal }, () => controller.abort())).toBe("query_cancelled");
  });

  it("end a query that takes too long", () => {
    expect(drive({ timeoutMs: 0 }, () => {})).toBe("query_timeout");
  });
});

describe("answers", () => {
  it("name place and metric of what is doubtful", () => {
    const engine = createPromqlEngine(storageOf({ "gauge/a": [1, 2, 3] }));
    expect(runToEnd(engine.instant({ query: "sum(rate(gauge[1m]))", atMs: 30_000 })).infos).toEqual([
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "gauge" (1:10)',
    ]);
  });

  it("say of a quantile that the one evaluated last is wrong", () => {
    const engine = createPromqlEngine(storageOf({}));
    const query = "histogram_quantile(2, histogram_quantile(2, m))";
    expect(runToEnd(engine.instant({ query, atMs: 0 })).warnings).toEqual([
      "PromQL warning: quantile value should be between 0 and 1, got 2 (1:20)",
    ]);
  });

  it("have no step where the first is the last", () => {
    const engine = createPromqlEngine(storageOf({}), { experimentalFunctions: true });
    const range = runToEnd(engine.range({ query: "step()", startMs: 60_000, endMs: 60_000, stepMs: 1000 })).value;
    expect(range).toMatchObject({ series: [{ values: Float64Array.of(0) }] });
  });

  it("hold the raw samples of a range vector", () => {
    const value = instant(storageOf({ "m/a": [1, 2, undefined, 4] }), "m[1m]", 45_000);
    expect(value).toMatchObject({ type: "matrix", series: [{ timesMs: Float64Array.of(0, 15_000, 45_000) }] });
  });

  it("count what was read", () => {
    const engine = createPromqlEngine(storageOf({ "m/a": [1, 2, 3, 4], "m/b": [1, 2, 3, 4] }));
    const { stats } = runToEnd(engine.instant({ query: "rate(m[1m])", atMs: 45_000 }));
    expect(stats).toMatchObject({ seriesCount: 2, samplesTotal: 8 });
  });

  it("show the strongest first in an instant topk", () => {
    const value = instant(storageOf({ "m/a": [1], "m/b": [3], "m/c": [2] }), "topk(2, m)", 0);
    expect(Object.values(floats(value))).toEqual([3, 2]);
  });
});
