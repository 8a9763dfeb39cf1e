/**
 * Bucket boundaries of native histograms, equal to the last bit to those that Prometheus computes with and prints.
 *
 * Exponential schema `s` (-4…8): the upper bound of bucket `i` is 2^(i·2^-s); the last finite bucket ends at the largest
 * float, and the one after it holds ±Inf. Custom buckets (schema -53): bucket `i` ends at `customValues[i]`, the last at +Inf.
 */
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram, MAX_EXPONENTIAL_SCHEMA } from "@dmon/model";

/** True for the schema with explicit bounds. */
export function isCustomBuckets(histogram: Pick<FloatHistogram, "schema">): boolean {
  return histogram.schema === CUSTOM_BUCKETS_SCHEMA;
}

/** The bound between bucket `index` and the next higher one; for negative buckets its mirror image. */
export function upperBound(index: number, schema: number, customValues: readonly number[]): number {
  if (schema !== CUSTOM_BUCKETS_SCHEMA) return exponentialBound(index, schema);
  if (index < 0) return Number.NEGATIVE_INFINITY;
  return index < customValues.length ? customValues[index]! : Number.POSITIVE_INFINITY;
}

/** 2^(index·2^-schema), except that 2^1024, which no float reaches, is the largest float. */
export function exponentialBound(index: number, schema: number): number {
  if (schema < 0) return powerOfTwo(index * 2 ** -schema);
  const perDoubling = 2 ** schema;
  const exponent = Math.floor(index / perDoubling);
  const within = index - exponent * perDoubling;
  if (within === 0) return powerOfTwo(exponent);
  // Halves times 2^(exponent + 1) in two steps, so that neither factor overflows before the product does.
  return fraction(within * 2 ** (MAX_EXPONENTIAL_SCHEMA - schema)) * 2 ** exponent * 2;
}

function powerOfTwo(exponent: number): number {
  return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
}

/**
 * How far Prometheus' table of the bounds within [0.5, 1) lies below the correctly computed values, in units of 2^-53, plus
 * one, for the 256 bounds of schema 8. The table was made with slightly inexact arithmetic; the numbers are a fact of the
 * format by now, as every server prints them.
 */
const ULPS_BELOW =
  "1111112111211111112311222222222211211121122211221122102211221122" +
  "1111112222332132112111211112111111121011213311221222112121332222" +
  "2121223322322122222222323233323311221121223321332233212232332232" +
  "2243223233433343333333444455435422322333324422333243223333543344";

let fractions: Float64Array | undefined;

/** 2^(step/256) / 2, for `step` 0…255. */
function fraction(step: number): number {
  fractions ??= Float64Array.from(ULPS_BELOW, (digit, k) => 2 ** (k / 256) / 2 - (Number(digit) - 1) * 2 ** -53);
  return fractions[step]!;
}
