import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { decodeColumn, encodeColumn } from "./column.ts";

function roundTrip(values: readonly number[], from = 0, to = values.length): { back: number[]; size: number } {
  const out = new ByteWriter(8);
  encodeColumn(out, Float64Array.from(values), values.length);
  const back = new Float64Array(to - from);
  const reader = new ByteReader(out.take());
  decodeColumn(reader, values.length, back, 0, from, to);
  if (to === values.length) expect(reader.remaining).toBe(0);
  return { back: [...back], size: out.length };
}

const anyBits = fc
  .tuple(fc.integer(), fc.integer())
  .map(([low, high]) => new Float64Array(new Int32Array([low, high]).buffer)[0]!);
const decimals = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 9 })).map(([whole, scale]) => whole / 10 ** scale);
const special = fc.constantFrom(
  0,
  -0,
  Number.NaN,
  Infinity,
  -Infinity,
  5e-324,
  2 ** 52,
  2 ** 53,
  -(2 ** 53),
  0.1,
  1e300,
);

describe("columns", () => {
  test("every bit pattern comes back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(anyBits, decimals, special, fc.integer()), { minLength: 1, maxLength: 700 }),
        (values) => {
          expect(roundTrip(values).back).toEqual(values);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("series as they are met: steps, counters, spikes, repeats", () => {
    const walk = fc.tuple(
      fc.array(fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: -9, max: 2000 }), fc.integer()), {
        minLength: 1,
        maxLength: 1000,
      }),
      fc.integer({ min: 0, max: 12 }),
      fc.integer(),
    );
    fc.assert(
      fc.property(walk, ([steps, scale, start]) => {
        let sum = start;
        const values = steps.map((step) => {
          sum += step;
          return sum / 10 ** scale;
        });
        expect(roundTrip(values).back).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  test("differences of differences of large numbers stay exact", () => {
    // With integers up to 2^52 the distance from the least difference needed 54 bits.
    for (const values of [
      [0, 2 ** 52, -1879048185, 0],
      [0, 2 ** 51, -(2 ** 51) + 1, 1],
    ]) {
      expect(roundTrip(values).back).toEqual(values);
    }
  });

  test("any part of a column can be read alone", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(decimals, anyBits, fc.constant(7)), { minLength: 1, maxLength: 900 }),
        fc.nat(),
        fc.nat(),
        (values, a, b) => {
          const from = a % values.length;
          const to = from + (b % (values.length - from)) + 1;
          expect(roundTrip(values, from, to).back).toEqual(values.slice(from, to));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("bytes that were altered throw or give other numbers, and never hang or read outside", () => {
    fc.assert(
      fc.property(
        fc.array(decimals, { minLength: 2, maxLength: 600 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (values, at, flip) => {
          const out = new ByteWriter();
          encodeColumn(out, Float64Array.from(values), values.length);
          const bytes = out.take();
          bytes[at % bytes.length]! ^= flip;
          try {
            decodeColumn(new ByteReader(bytes), values.length, new Float64Array(values.length), 0);
          } catch (error) {
            expect(String(error)).toMatch(/CorruptBytes|Error: /);
          }
        },
      ),
    );
  });

  test.each([
    ["a constant", Array.from({ length: 120 }, () => 42), 3],
    ["a counter that grows evenly", Array.from({ length: 256 }, (_, i) => 1000 + i * 5), 12],
    ["a counter in hundredths with jitter", Array.from({ length: 256 }, (_, i) => (i * 100 + (i % 3)) / 100), 110],
    ["rare steps", Array.from({ length: 256 }, (_, i) => Math.floor(i / 100)), 45],
  ])("%s is small", (_name, values, most) => {
    expect(roundTrip(values).size).toBeLessThanOrEqual(most);
  });
});
