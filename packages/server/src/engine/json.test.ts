import { type FloatHistogram, Labels, type QueryValue } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { queryValueJson } from "./json.ts";

function resultOf(value: QueryValue): unknown {
  const decoder = new TextDecoder();
  const pieces = [...queryValueJson(value)].map((piece) => (typeof piece === "string" ? piece : decoder.decode(piece)));
  return JSON.parse(pieces.join("")).result;
}

describe("queryValueJson", () => {
  it.each([
    [1048576, "1048576", "1048576"],
    [1e21, "1000000000000000000000", "1e+21"],
    [-1.5e22, "-15000000000000000000000", "-1.5e+22"],
    [1e-7, "0.0000001", "1e-07"],
    [-0, "-0", "-0"],
    [1.5, "1.5", "1.5"],
    [Number.POSITIVE_INFINITY, "+Inf", "+Inf"],
    [Number.NaN, "NaN", "NaN"],
  ])("writes %d as a scalar without an exponent, as a sample with one, as Prometheus does", (value, scalar, sample) => {
    expect(resultOf({ type: "scalar", value, atMs: 1500 })).toEqual([1.5, scalar]);
    const samples = [{ labels: Labels.from({}), atMs: 1500, value, histogram: undefined }];
    expect(resultOf({ type: "vector", samples })).toEqual([{ metric: {}, value: [1.5, sample] }]);
  });

  it("writes series with floats, with histograms, with both and with neither", () => {
    const labels = Labels.from({ __name__: "m", µ: 'a"b' });
    const histogram: FloatHistogram = {
      schema: 0,
      counterResetHint: "unknown",
      zeroThreshold: 0,
      zeroCount: 0,
      count: 2,
      sum: 3,
      positiveSpans: [{ offset: 0, length: 1 }],
      negativeSpans: [],
      positiveBuckets: [2],
      negativeBuckets: [],
      customValues: [],
    };
    const timesMs = Float64Array.of(1000, 2500);
    const values = Float64Array.of(1, Number.NaN);
    const written = { count: "2", sum: "3", buckets: [[0, "0.5", "1", "2"]] };
    const series = [
      { labels, timesMs, values },
      { labels: Labels.EMPTY, timesMs, values, histograms: [undefined, histogram] },
      { labels, timesMs: timesMs.subarray(1), values, histograms: [histogram] },
      { labels, timesMs: new Float64Array(0), values: new Float64Array(0) },
    ];
    const metric = { __name__: "m", µ: 'a"b' };
    expect(resultOf({ type: "matrix", series })).toEqual([
      {
        metric,
        values: [
          [1, "1"],
          [2.5, "NaN"],
        ],
      },
      { metric: {}, values: [[1, "1"]], histograms: [[2.5, written]] },
      { metric, histograms: [[2.5, written]] },
      { metric },
    ]);
    const samples = series.slice(0, 2).map((one, i) => ({
      labels: one.labels,
      atMs: 1000,
      value: 7,
      histogram: i === 1 ? histogram : undefined,
    }));
    expect(resultOf({ type: "vector", samples })).toEqual([
      { metric, value: [1, "7"] },
      { metric: {}, histogram: [1, written] },
    ]);
    expect(resultOf({ type: "vector", samples: [] })).toEqual([]);
    expect(resultOf({ type: "matrix", series: [] })).toEqual([]);
  });
});
