/** Native histograms as text: Prometheus' `String()`, and the notation of test scripts and rule unit tests. */
import { type FloatHistogram, formatExpositionFloat } from "@dmon/model";
import { isCustomBuckets } from "./bounds.ts";
import { type Bucket, indexesOf, negativeBuckets, positiveBuckets, zeroBucket } from "./buckets.ts";

/** `{count:10, sum:3.5, [-2,-1):2, [-0.001,0.001]:1, (1,2]:4}`; empty buckets are left out. */
export function formatHistogram(h: FloatHistogram): string {
  const buckets = [...negativeBuckets(h).reverse(), zeroBucket(h), ...positiveBuckets(h)];
  const texts = buckets.filter((bucket) => bucket.count !== 0).map(formatBucket);
  return `{${[`count:${formatExpositionFloat(h.count)}`, `sum:${formatExpositionFloat(h.sum)}`, ...texts].join(", ")}}`;
}

function formatBucket(bucket: Bucket): string {
  const open = bucket.lowerInclusive ? "[" : "(";
  const close = bucket.upperInclusive ? "]" : ")";
  return `${open}${formatExpositionFloat(bucket.lower)},${formatExpositionFloat(bucket.upper)}${close}:${formatExpositionFloat(bucket.count)}`;
}

/** `{{schema:1 count:4 sum:5 buckets:[1 2 1]}}`: what is zero is left out, gaps are written as zeros. */
export function formatTestHistogram(h: FloatHistogram): string {
  const fields: string[] = [];
  const number = (name: string, value: number) => {
    if (value !== 0) fields.push(`${name}:${formatExpositionFloat(value)}`);
  };
  number("schema", h.schema);
  number("count", h.count);
  number("sum", h.sum);
  number("z_bucket", h.zeroCount);
  number("z_bucket_w", h.zeroThreshold);
  if (isCustomBuckets(h)) fields.push(`custom_values:[${h.customValues.map(formatExpositionFloat).join(" ")}]`);
  if (h.counterResetHint !== "unknown") fields.push(`counter_reset_hint:${h.counterResetHint}`);
  side(fields, "", indexesOf(h.positiveSpans), h.positiveBuckets);
  side(fields, "n_", indexesOf(h.negativeSpans), h.negativeBuckets);
  return `{{${fields.join(" ")}}}`;
}

function side(fields: string[], prefix: string, indexes: readonly number[], counts: readonly number[]): void {
  const byIndex = new Map(indexes.map((index, i) => [index, counts[i]!] as const).filter(([, count]) => count !== 0));
  const populated = [...byIndex.keys()];
  const first = populated[0];
  if (first === undefined) return;
  if (first !== 0) fields.push(`${prefix}offset:${first}`);
  const texts: string[] = [];
  for (let index = first; index <= populated.at(-1)!; index++)
    texts.push(formatExpositionFloat(byIndex.get(index) ?? 0));
  fields.push(`${prefix}buckets:[${texts.join(" ")}]`);
}
