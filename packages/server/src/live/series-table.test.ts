import { Labels, type SampleBatch, SampleKind } from "@dmon/model";
import fc from "fast-check";
import { expect, it } from "vitest";
import { SeriesTable } from "./series-table.ts";

const WIDTH = 5;
const kind = fc.constantFrom(SampleKind.FLOAT, SampleKind.FLOAT, SampleKind.FLOAT, SampleKind.STALE, SampleKind.ABSENT);

/** What a source says, again and again, mostly of the same series. */
const batches = fc.array(
  fc.record({
    source: fc.constantFrom(1, 2),
    kinds: fc.oneof(
      { weight: 3, arbitrary: fc.constant(Array.from({ length: WIDTH }, () => SampleKind.FLOAT)) },
      { weight: 1, arbitrary: fc.array(kind, { minLength: 1, maxLength: WIDTH }) },
    ),
    isSeen: fc.boolean(),
  }),
  { maxLength: 40 },
);

function define(table: SeriesTable): void {
  for (const source of [1, 2]) {
    const series = Array.from({ length: WIDTH }, (_, slot) => Labels.from({ __name__: `s${source}_${slot}` }));
    table.define({ source, fromSlot: 0, series });
  }
}

/** Of the series that there are: the columns have room for a thousand more. */
function saidBy({ labels, kinds, values }: SeriesTable): unknown[] {
  return labels.map((_, ref) => [kinds[ref], values[ref]]);
}

it("says the same of batches that were kept as of those that were taken in at once", () => {
  fc.assert(
    fc.property(batches, (said) => {
      const kept = new SeriesTable();
      const taken = new SeriesTable();
      define(kept);
      define(taken);
      // The columns of a source are the same arrays each time, overwritten and longer than what is said.
      const columns = { kinds: new Uint8Array(WIDTH + 3), values: new Float64Array(WIDTH + 3) };
      said.forEach(({ source, kinds, isSeen }, at) => {
        columns.kinds.fill(SampleKind.FLOAT).set(kinds);
        columns.values.fill(-1).set(Array.from(kinds, (_, slot) => at * 10 + slot));
        const batch: SampleBatch = { source, atMs: at, length: kinds.length, ...columns };
        taken.apply(batch, () => undefined);
        kept.keep(batch);
        if (!isSeen) return;
        kept.settle();
        expect(saidBy(kept)).toEqual(saidBy(taken));
      });
      kept.settle();
      expect(saidBy(kept)).toEqual(saidBy(taken));
    }),
    { numRuns: 500 },
  );
});

it("tells what changed since the batch that was kept", () => {
  const table = new SeriesTable();
  define(table);
  const batch = (...values: number[]): SampleBatch => ({
    source: 1,
    atMs: 0,
    length: values.length,
    kinds: new Uint8Array(values.length).fill(SampleKind.FLOAT),
    values: Float64Array.from(values),
  });
  table.keep(batch(1, 2, 3));
  table.keep(batch(1, 5, 3));
  const changed: number[] = [];
  table.apply(batch(1, 5, 4), (ref) => changed.push(ref));
  expect(changed).toEqual([2]);
});
