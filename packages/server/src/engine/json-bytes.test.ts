import { formatJsonFloat } from "@dmon/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonBytes } from "./json-bytes.ts";

const decoder = new TextDecoder();

/** All points of a series, as one text, and into how many pieces it came. */
function written(bytes: JsonBytes, timesMs: Float64Array, values: Float64Array): { text: string; pieces: number } {
  let text = "";
  let pieces = 0;
  for (let at = 0; at < timesMs.length; pieces++) {
    at = bytes.points(timesMs, values, at);
    text += decoder.decode(bytes.take());
  }
  return { text, pieces };
}

function expected(timesMs: Float64Array, values: Float64Array): string {
  return [...values].map((value, i) => `[${timesMs[i]! / 1000},"${formatJsonFloat(value)}"]`).join(",");
}

describe("JsonBytes", () => {
  const decimal = fc
    .tuple(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), fc.constantFrom(1, 10, 100, 1e3, 1e4, 1e6, 1e7))
    .map(([digits, power]) => digits / power);
  const whole = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer(),
    fc.constantFrom(0, -0, 99_999_999, 1e8, 1e15, 2 ** 53, 2 ** 53 + 2, 1e21, -1e21),
  );
  const odd = fc.constantFrom(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e-6,
    1e-7,
    5e-324,
    1e9 + 0.5,
  );
  const value = fc.oneof(fc.double(), decimal, whole, odd, fc.double({ min: 0, max: 100 }));
  const timeMs = fc.oneof(fc.integer({ min: -1e12, max: 2e12 }), fc.double({ min: 1, max: 2e12, noNaN: true }));

  it("writes numbers as formatJsonFloat does, repeated ones too", () => {
    const bytes = new JsonBytes();
    const point = fc.tuple(timeMs, value, fc.integer({ min: 1, max: 3 }));
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 30 }), (points) => {
        const repeated = points.flatMap(([atMs, one, times]) =>
          Array.from({ length: times }, () => [atMs, one] as const),
        );
        const times = Float64Array.from(repeated, ([atMs]) => atMs);
        const values = Float64Array.from(repeated, ([, one]) => one);
        for (let again = 0; again < 2; again++) {
          expect(written(bytes, times, values).text).toBe(expected(times, values));
        }
        bytes.point(times[0]!, values[0]!);
        expect(decoder.decode(bytes.take())).toBe(expected(times.subarray(0, 1), values.subarray(0, 1)));
      }),
      { numRuns: 500 },
    );
  });

  it("rests where a piece is full, and goes on with other columns between", () => {
    const bytes = new JsonBytes();
    const times = Float64Array.from({ length: 10_000 }, (_, i) => 1_764_000_000_000 + i * 15_000);
    const values = Float64Array.from(times, (_, i) => Math.sqrt(i >> 1));
    const { text, pieces } = written(bytes, times, values);
    expect(text).toBe(expected(times, values));
    expect(pieces).toBeGreaterThan(3);
    let interleaved = "";
    for (let at = 0; at < times.length; ) {
      at = bytes.points(times, values, at);
      interleaved += decoder.decode(bytes.take());
      const other = times.subarray(0, 2);
      expect(written(bytes, other, values).text).toBe(expected(other, values.subarray(0, 2)));
    }
    expect(interleaved).toBe(text);
  });

  it("takes texts of any length and alphabet", () => {
    const bytes = new JsonBytes();
    const texts = ["µ", "x".repeat(200_000), "日本".repeat(40_000), "end"];
    for (const text of texts) bytes.text(text);
    expect(bytes.isFull).toBe(true);
    expect(decoder.decode(bytes.take())).toBe(texts.join(""));
    bytes.text("gone");
    bytes.clear();
    expect(bytes.take()).toHaveLength(0);
  });
});
