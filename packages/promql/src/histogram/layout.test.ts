import { describe, expect, it } from "vitest";
import { allBuckets, indexesOf, spansOf } from "./buckets.ts";
import { compact } from "./compact.ts";
import { equalHistograms, sameLayout } from "./equality.ts";
import { formatTestHistogram } from "./format.ts";
import { reduceResolution } from "./resolution.ts";
import { h } from "./testing/notation.ts";

describe("spans", () => {
  it("name indexes and are named by them", () => {
    const spans = [
      { offset: -2, length: 2 },
      { offset: 3, length: 1 },
    ];
    expect(indexesOf(spans)).toEqual([-2, -1, 3]);
    expect(spansOf([-2, -1, 3])).toEqual(spans);
  });
});

describe("compact", () => {
  const gaps = h("count:6 buckets:[0 1 0 2 0 0 3 0]");

  it("drops empty buckets", () => {
    const tight = compact(gaps);
    expect(tight.positiveSpans).toEqual([
      { offset: 1, length: 1 },
      { offset: 1, length: 1 },
      { offset: 2, length: 1 },
    ]);
    expect(tight.positiveBuckets).toEqual([1, 2, 3]);
  });

  it("keeps small gaps within a span where asked", () => {
    const tight = compact(gaps, 1);
    expect(tight.positiveSpans).toEqual([
      { offset: 1, length: 3 },
      { offset: 2, length: 1 },
    ]);
    expect(tight.positiveBuckets).toEqual([1, 0, 2, 3]);
  });

  it("fills the gap between spans in the same way", () => {
    expect(compact(compact(gaps), 2).positiveSpans).toEqual([{ offset: 1, length: 6 }]);
  });

  it("gives the same object where there is nothing to do", () => {
    const tight = compact(gaps);
    expect(compact(tight)).toBe(tight);
  });

  it("merges spans without a gap and forgets empty ones", () => {
    const odd = {
      ...h("count:2"),
      positiveSpans: [
        { offset: 1, length: 1 },
        { offset: 2, length: 0 },
        { offset: 1, length: 1 },
      ],
      positiveBuckets: [1, 1],
    };
    expect(compact(odd).positiveSpans).toEqual([
      { offset: 1, length: 1 },
      { offset: 3, length: 1 },
    ]);
  });
});

describe("allBuckets", () => {
  it("goes from the lowest to the highest, and ends neighbours at the zero threshold", () => {
    const bounds = allBuckets(h("count:9 z_bucket:1 z_bucket_w:0.75 buckets:[2 3] n_buckets:[4 5]")).map(
      ({ lower, upper, count }) => [lower, upper, count],
    );
    expect(bounds).toEqual([
      [-2, -1, 5],
      [-1, -0.75, 4],
      [-0.75, 0.75, 1],
      [0.75, 1, 2],
      [1, 2, 3],
    ]);
  });
});

describe("reduceResolution", () => {
  it.each([
    ["schema:1 count:4 buckets:[1 1 1 1]", 0, "{{count:4 buckets:[1 2 1]}}"],
    [
      "schema:2 count:4 offset:-4 buckets:[1 1 1 1] n_buckets:[1 2 3]",
      0,
      "{{count:4 offset:-1 buckets:[1 3] n_buckets:[1 5]}}",
    ],
    ["schema:-53 count:1 custom_values:[1] buckets:[1]", 0, "{{schema:-53 count:1 custom_values:[1] buckets:[1]}}"],
  ])("%s to %i", (from, schema, expected) => {
    expect(formatTestHistogram(reduceResolution(h(from), schema))).toBe(expected);
  });
});

describe("equality", () => {
  it("takes NaN as equal to NaN and looks through how spans are cut", () => {
    const a = h("count:NaN sum:NaN buckets:[1 1]");
    const b = {
      ...a,
      positiveSpans: [
        { offset: 0, length: 1 },
        { offset: 0, length: 1 },
      ],
    };
    expect(equalHistograms(a, b)).toBe(true);
    expect(sameLayout(a, h("buckets:[1 1 1]"))).toBe(false);
    expect(equalHistograms(a, h("count:NaN sum:NaN buckets:[1 2]"))).toBe(false);
  });
});
