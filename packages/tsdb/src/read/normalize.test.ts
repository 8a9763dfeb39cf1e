import { SampleColumns, SampleKind } from "@dmon/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pushSample } from "../codec/chunk.ts";
import { normalize } from "./normalize.ts";

const run = fc.tuple(
  fc.integer({ min: 0, max: 60 }),
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 }),
);

describe("normalize", () => {
  it("gives each instant once, in order, the sample that came last", () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 20 }), fc.boolean(), (runs, hasStart) => {
        const columns = new SampleColumns(1);
        const wanted = new Map<number, readonly unknown[]>();
        let value = 0;
        for (const [beginMs, gaps] of runs) {
          let atMs = beginMs;
          for (const gap of gaps) {
            atMs += gap;
            value++;
            const kind = value % 5 === 0 ? SampleKind.STALE : SampleKind.FLOAT;
            const startMs = hasStart && value % 3 === 0 ? atMs - 1 : Number.NaN;
            pushSample(columns, atMs, kind, value, startMs, undefined);
            wanted.set(atMs, [atMs, kind, value, startMs]);
          }
        }
        normalize(columns);
        const got = Array.from({ length: columns.length }, (_, i) => [
          columns.timesMs[i],
          columns.kinds[i],
          columns.values[i],
          columns.hasStart ? columns.startMs[i] : Number.NaN,
        ]);
        expect(got).toEqual([...wanted.values()].sort((a, b) => Number(a[0]) - Number(b[0])));
      }),
    );
  });
});
