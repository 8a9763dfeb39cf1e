import { Labels, type QueryValue } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { queryValueJson } from "./json.ts";

function resultOf(value: QueryValue): unknown {
  return JSON.parse([...queryValueJson(value)].join("")).result;
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
});
