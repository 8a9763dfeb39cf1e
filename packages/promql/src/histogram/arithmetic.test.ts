import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HistogramAccumulator } from "./accumulator.ts";
import { addHistograms, divideHistogram, multiplyHistogram, subtractHistograms } from "./arithmetic.ts";
import { compact } from "./compact.ts";
import { formatTestHistogram } from "./format.ts";
import { h } from "./testing/notation.ts";

function sum(a: string, b: string): string {
  const { histogram } = addHistograms(h(a), h(b));
  return histogram === undefined ? "incompatible" : formatTestHistogram(histogram);
}

function difference(a: string, b: string): string {
  const { histogram } = subtractHistograms(h(a), h(b));
  return histogram === undefined ? "incompatible" : formatTestHistogram(histogram);
}

describe("adding", () => {
  it.each([
    ["same layout", "count:3 sum:4 buckets:[1 2]", "count:7 sum:5 buckets:[3 4]", "{{count:10 sum:9 buckets:[4 6]}}"],
    [
      "buckets before, between and behind",
      "count:2 sum:1 offset:1 buckets:[1 0 0 1]",
      "count:3 sum:1 buckets:[1 0 0 1 0 0 1]",
      "{{count:5 sum:2 buckets:[1 1 0 1 1 0 1]}}",
    ],
    ["negative buckets", "count:1 n_buckets:[1]", "count:1 n_offset:2 n_buckets:[1]", "{{count:2 n_buckets:[1 0 1]}}"],
    [
      "the coarser schema wins, on either side",
      "schema:1 count:4 buckets:[1 1 1 1]",
      "schema:0 count:2 offset:1 buckets:[2]",
      "{{count:6 buckets:[1 4 1]}}",
    ],
    [
      "the coarser schema first",
      "schema:-1 count:1 buckets:[1]",
      "schema:1 count:4 offset:-3 buckets:[1 1 1 1]",
      "{{schema:-1 count:5 buckets:[5]}}",
    ],
    [
      "a wider zero bucket swallows buckets",
      "count:4 z_bucket:1 z_bucket_w:0.25 offset:-1 buckets:[1 2]",
      "count:5 z_bucket:5 z_bucket_w:0.5",
      "{{count:9 z_bucket:7 z_bucket_w:0.5 buckets:[2]}}",
    ],
    [
      "a threshold within a populated bucket moves to its end",
      "count:4 z_bucket:1 z_bucket_w:0.25 offset:0 buckets:[1 2]",
      "count:5 z_bucket:5 z_bucket_w:0.75",
      "{{count:9 z_bucket:7 z_bucket_w:1 offset:1 buckets:[2]}}",
    ],
    [
      "and on to the end of one on the other side",
      "count:2 z_bucket:0 z_bucket_w:0.25 buckets:[1] n_offset:-1 n_buckets:[0 1]",
      "schema:-1 count:5 z_bucket:4 z_bucket_w:0.75 offset:0 n_offset:0 n_buckets:[1]",
      "{{schema:-1 count:7 z_bucket:7 z_bucket_w:1}}",
    ],
    [
      "custom buckets of the same bounds",
      "schema:-53 count:3 sum:2 custom_values:[1 2] buckets:[1 1 1]",
      "schema:-53 count:1 sum:2 custom_values:[1 2] offset:2 buckets:[1]",
      "{{schema:-53 count:4 sum:4 custom_values:[1 2] buckets:[1 1 2]}}",
    ],
    [
      "custom buckets of other bounds keep those in common",
      "schema:-53 count:4 custom_values:[1 2 3] buckets:[1 1 1 1]",
      "schema:-53 count:4 custom_values:[2 3 4] buckets:[1 1 1 1]",
      "{{schema:-53 count:8 custom_values:[2 3] buckets:[3 2 3]}}",
    ],
    [
      "custom buckets without a common bound",
      "schema:-53 count:2 custom_values:[1] buckets:[1 1]",
      "schema:-53 count:2 custom_values:[2] buckets:[1 1]",
      "{{schema:-53 count:4 custom_values:[] buckets:[4]}}",
    ],
    ["custom and exponential buckets do not mix", "schema:-53 custom_values:[1]", "count:1", "incompatible"],
    ["an infinite count stays infinite", "count:Inf sum:1", "count:1 sum:Inf", "{{count:+Inf sum:+Inf}}"],
  ])("%s", (_, a, b, expected) => {
    expect(sum(a, b)).toBe(expected);
  });

  it("says when custom bounds were reconciled", () => {
    const a = h("schema:-53 count:2 custom_values:[1] buckets:[1 1]");
    const b = h("schema:-53 count:2 custom_values:[1 2] buckets:[1 1]");
    expect(addHistograms(a, b).boundsReconciled).toBe(true);
    expect(addHistograms(a, a).boundsReconciled).toBe(false);
  });

  it.each([
    ["gauge", "not_reset", "gauge", false],
    ["unknown", "not_reset", "unknown", false],
    ["reset", "unknown", "unknown", false],
    ["reset", "not_reset", "unknown", true],
    ["not_reset", "not_reset", "not_reset", false],
  ])("hints %s and %s give %s", (a, b, expected, collision) => {
    const result = addHistograms(h(`counter_reset_hint:${a}`), h(`counter_reset_hint:${b}`));
    expect(result.histogram?.counterResetHint).toBe(expected);
    expect(result.hintCollision).toBe(collision);
  });

  it("leaves its arguments alone", () => {
    const a = h("count:3 z_bucket_w:0.1 z_bucket:1 buckets:[1 1]");
    const b = h("count:3 z_bucket_w:2 z_bucket:1 offset:2 buckets:[1 1]");
    const before = JSON.stringify([a, b]);
    addHistograms(a, b);
    addHistograms(b, a);
    expect(JSON.stringify([a, b])).toBe(before);
  });
});

describe("subtracting", () => {
  it.each([
    [
      "what is in both",
      "count:10 sum:9 buckets:[4 6]",
      "count:7 sum:5 buckets:[3 4]",
      "{{count:3 sum:4 buckets:[1 2]}}",
    ],
    ["what is not there", "count:1 buckets:[1]", "count:1 offset:1 buckets:[1]", "{{buckets:[1 -1]}}"],
    [
      "custom buckets of other bounds",
      "schema:-53 count:4 custom_values:[1 2] buckets:[1 1 2]",
      "schema:-53 count:1 custom_values:[2] buckets:[0 1]",
      "{{schema:-53 count:3 custom_values:[2] buckets:[2 1]}}",
    ],
  ])("%s", (_, a, b, expected) => {
    expect(difference(a, b)).toBe(expected);
  });
});

describe("scaling", () => {
  const histogram = h("count:4 sum:6 z_bucket:1 z_bucket_w:0.1 buckets:[1 2]");

  it("multiplies all counts and the sum", () => {
    expect(formatTestHistogram(multiplyHistogram(histogram, 3))).toBe(
      "{{count:12 sum:18 z_bucket:3 z_bucket_w:0.1 buckets:[3 6]}}",
    );
  });

  it("makes it a gauge by a negative factor", () => {
    expect(multiplyHistogram(histogram, -1).counterResetHint).toBe("gauge");
    expect(divideHistogram(histogram, -2).counterResetHint).toBe("gauge");
  });

  it("gives custom buckets no zero bucket", () => {
    const custom = h("schema:-53 count:2 custom_values:[1] buckets:[2]");
    expect(formatTestHistogram(multiplyHistogram(custom, Number.POSITIVE_INFINITY))).toBe(
      "{{schema:-53 count:+Inf sum:NaN custom_values:[1] buckets:[+Inf]}}",
    );
  });

  it("drops the buckets by a division by zero", () => {
    expect(formatTestHistogram(divideHistogram(histogram, 0))).toBe(
      "{{count:+Inf sum:+Inf z_bucket:+Inf z_bucket_w:0.1}}",
    );
  });
});

describe("summing many", () => {
  it("loses nothing to rounding", () => {
    const values = [1, 1e100, 1, -1e100];
    const [first, ...others] = values.map((value) => h(`count:${value} sum:${value} buckets:[${value}]`));
    const total = new HistogramAccumulator(first!);
    for (const other of others) total.add(other);
    expect(formatTestHistogram(total.value())).toBe("{{count:2 sum:2 buckets:[2]}}");
  });

  it("gives the same in any order, and takes back what was added", () => {
    const side = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 6 });
    const histogram = fc
      .record({
        schema: fc.integer({ min: -2, max: 3 }),
        offset: fc.integer({ min: -8, max: 8 }),
        side,
        negative: side,
      })
      .map(({ schema, offset, side, negative }) => {
        const count = [...side, ...negative].reduce((a, b) => a + b, 0);
        return h(
          `schema:${schema} count:${count} offset:${offset} buckets:[${side.join(" ")}] n_buckets:[${negative.join(" ")}]`,
        );
      });
    fc.assert(
      fc.property(histogram, histogram, (a, b) => {
        const there = addHistograms(a, b).histogram!;
        const back = addHistograms(b, a).histogram!;
        expect(formatTestHistogram(compact(there))).toBe(formatTestHistogram(compact(back)));
        const without = subtractHistograms(there, b).histogram!;
        const reduced = addHistograms(a, {
          ...b,
          count: 0,
          positiveSpans: [],
          positiveBuckets: [],
          negativeSpans: [],
          negativeBuckets: [],
        });
        expect(formatTestHistogram(compact(without))).toBe(formatTestHistogram(compact(reduced.histogram!)));
      }),
    );
  });
});
