/** Writes histograms in tests as scripts do: `h("count:4 sum:5 buckets:[1 2 1]")`. */
import type { FloatHistogram } from "@dmon/model";
import { Cursor } from "../../promqltest/cursor.ts";
import { takeHistogram } from "../../promqltest/histogram-notation.ts";

export function h(fields: string): FloatHistogram {
  const noted = takeHistogram(new Cursor(`{{${fields}}}`));
  if (noted === undefined) throw new Error(`not a histogram: ${fields}`);
  return noted.histogram;
}

/** Equal to nine digits behind the point, or both NaN, or the same infinity. */
export function near(expected: number): unknown {
  return Number.isFinite(expected) ? { asymmetricMatch: (got: number) => Math.abs(got - expected) < 1e-9 } : expected;
}
