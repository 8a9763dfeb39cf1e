import type { FloatHistogram } from "@dmon/model";
import { expect, it } from "vitest";
import { halvedResolution } from "./halved-resolution.ts";

it("merges pairs of buckets by their upper bounds", () => {
  const histogram: FloatHistogram = {
    schema: 2,
    counterResetHint: "unknown",
    zeroThreshold: 0,
    zeroCount: 0,
    count: 21,
    sum: 1,
    positiveSpans: [
      { offset: -3, length: 4 },
      { offset: 3, length: 2 },
    ],
    positiveBuckets: [1, 2, 3, 4, 5, 6],
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
  };
  // Indices -3 -2 | -1 0 | 4 | 5 become -1, 0, 2, 3.
  expect(halvedResolution(histogram)).toMatchObject({
    schema: 1,
    positiveSpans: [
      { offset: -1, length: 2 },
      { offset: 1, length: 2 },
    ],
    positiveBuckets: [3, 7, 5, 6],
  });
});
