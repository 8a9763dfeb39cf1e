import { describe, expect, it } from "vitest";
import { formatTestHistogram } from "../histogram/index.ts";
import { parseSeriesLine, type SequenceValue } from "./series-line.ts";

function text(value: SequenceValue): string {
  if (value.kind === "float") return String(value.value);
  return value.kind === "histogram" ? formatTestHistogram(value.histogram) : value.kind;
}

function values(line: string): string {
  return parseSeriesLine(line).values.map(text).join(" ");
}

describe("parseSeriesLine", () => {
  it.each([
    ["m 1 -2.5 .5 1e3 Inf -inf NaN", "1 -2.5 0.5 1000 Infinity -Infinity NaN"],
    ["m 1x3", "1 1 1 1"],
    ["m 1+2x3", "1 3 5 7"],
    ["m 1-2x2", "1 -1 -3"],
    ["m 0.1+0.1x2", "0.1 0.2 0.30000000000000004"],
    ["m 5x0", "5"],
    ["m _ _x2 stale 1", "omitted omitted omitted stale 1"],
    ["m {{count:1 buckets:[1]}}x1", "{{count:1 buckets:[1]}} {{count:1 buckets:[1]}}"],
    [
      "m {{count:1 buckets:[1]}}+{{count:2 buckets:[0 2]}}x2",
      "{{count:1 buckets:[1]}} {{count:3 buckets:[1 2]}} {{count:5 buckets:[1 4]}}",
    ],
    ["m {{count:5 buckets:[5]}}-{{count:2 buckets:[2]}}x1", "{{count:5 buckets:[5]}} {{count:3 buckets:[3]}}"],
    ["m", ""],
    ["{} 1", "1"],
  ])("%s", (line, expected) => {
    expect(values(line)).toBe(expected);
  });

  it.each([
    ["m 1", "m"],
    ["{} 1", "{}"],
    ["m{a=\"b\", c='d',} 1", 'm{a="b", c="d"}'],
    ['{"metric.name", "label-x"="y"} 1', '{"metric.name", "label-x"="y"}'],
    ['m{a="x\\n\\u00e9 {{"} 1', 'm{a="x\\né {{"}'],
    ["m{a=`\\n`} 1", 'm{a="\\\\n"}'],
    ["a:b 1", "a:b"],
  ])("reads the labels of %s", (line, expected) => {
    expect(String(parseSeriesLine(line).labels)).toBe(expected);
  });

  it.each([
    ["1 2", 'unexpected "1 2" after the metric'],
    ["m 1+2", 'expected "x" and a count before the end of the line'],
    ["m 1y", 'unexpected "y" in a sequence of values'],
    ["m foo", 'expected a value before "foo"'],
    ['m{a="b" 1', 'expected "," or "}" before "1"'],
    ['m{a="b} 1', 'unterminated string before "\\"b} 1"'],
    ["m{a=b} 1", 'expected a quoted label value before "b} 1"'],
    ["m {{count:1 count:2}}", 'duplicate key "count" in histogram'],
    ["m {{size:1}}", 'bad histogram descriptor "size"'],
    ["m {{counter_reset_hint:maybe}}", 'bad counter_reset_hint "maybe"; one of unknown, reset, not_reset, gauge'],
    ["m {{schema:1}}+{{schema:0}}x1", "error combining histograms: cannot merge from schema 0 to 1"],
    ["m 1x99999999999", "bad repetition count before the end of the line"],
  ])("refuses %s", (line, message) => {
    expect(() => parseSeriesLine(line)).toThrow(message);
  });

  it("knows whether a hint was given", () => {
    const [without, unknown, gauge] = parseSeriesLine(
      "m {{}} {{counter_reset_hint:unknown}} {{counter_reset_hint:gauge}}",
    ).values;
    expect(without).toMatchObject({ hintGiven: false, histogram: { counterResetHint: "unknown" } });
    expect(unknown).toMatchObject({ hintGiven: true, histogram: { counterResetHint: "unknown" } });
    expect(gauge).toMatchObject({ hintGiven: true, histogram: { counterResetHint: "gauge" } });
  });
});
