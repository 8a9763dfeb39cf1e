import { type FloatHistogram, SampleColumns, SampleKind } from "@dmon/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SLAB, Slabs } from "./slabs.ts";

interface Sample {
  readonly kind: SampleKind;
  readonly atMs: number;
  readonly value: number;
  readonly startMs: number;
}

const sample = fc.record({
  kind: fc.constantFrom(SampleKind.FLOAT, SampleKind.FLOAT, SampleKind.STALE),
  gapMs: fc.integer({ min: 1, max: 5 }),
  value: fc.double({ noNaN: true }),
});

/** Puts samples as the head does: a slab is taken when the one before is full. */
function chainOf(slabs: Slabs, samples: readonly Sample[]): number {
  let slab = -1;
  samples.forEach(({ kind, atMs, value, startMs }, i) => {
    if (i % SLAB === 0) slab = slabs.take(slab);
    slabs.put(slab, i % SLAB, kind, atMs, value, startMs, undefined);
  });
  return slab;
}

function read(slabs: Slabs, slab: number, count: number, minMs: number, maxMs: number): readonly Sample[] {
  const out = new SampleColumns(1);
  slabs.read(slab, count, minMs, maxMs, out);
  expect(out.hasStale).toBe(out.kinds.subarray(0, out.length).includes(SampleKind.STALE));
  return Array.from({ length: out.length }, (_, i) => ({
    kind: out.kinds[i] as SampleKind,
    atMs: out.timesMs[i]!,
    value: out.values[i]!,
    startMs: out.hasStart ? out.startMs[i]! : Number.NaN,
  }));
}

describe("Slabs", () => {
  it("give what lies within the bounds, whichever slabs of a chain it is in", () => {
    const samples = fc.array(sample, { minLength: 1, maxLength: 3 * SLAB });
    const bound = fc.integer({ min: -5, max: 250 });
    fc.assert(
      fc.property(samples, bound, bound, fc.boolean(), (drawn, minMs, maxMs, hasStart) => {
        let atMs = 0;
        const put = drawn.map(({ kind, gapMs, value }, i): Sample => {
          atMs += gapMs;
          return { kind, atMs, value, startMs: hasStart && i % 5 === 3 ? atMs - 1 : Number.NaN };
        });
        const slabs = new Slabs();
        slabs.release(chainOf(slabs, put));
        const slab = chainOf(slabs, put);
        const wanted = put.filter((one) => one.atMs >= minMs && one.atMs <= maxMs);
        expect(read(slabs, slab, put.length, minMs, maxMs)).toEqual(wanted);
      }),
    );
  });

  it("give histograms back", () => {
    const histogram = { schema: 0, count: 1 } as FloatHistogram;
    const slabs = new Slabs();
    const slab = slabs.take(-1);
    slabs.put(slab, 0, SampleKind.FLOAT, 1, 7, Number.NaN, undefined);
    slabs.put(slab, 1, SampleKind.HISTOGRAM, 2, Number.NaN, Number.NaN, histogram);
    const out = new SampleColumns();
    slabs.read(slab, 2, 0, 9, out);
    expect(out.histograms[1]).toBe(histogram);
    expect(out.values[0]).toBe(7);
  });
});
