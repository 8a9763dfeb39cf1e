/**
 * The native histogram message of remote write (the same in 1.0 and 2.0), integer or float, made into what is stored.
 *
 * Source: prometheus `prompb/types.proto` and `io/prometheus/write/v2/types.proto`; the checks of `Histogram.Validate`.
 */
import {
  type BucketSpan,
  type CounterResetHint,
  CUSTOM_BUCKETS_SCHEMA,
  type FloatHistogram,
  formatFloat,
  MAX_EXPONENTIAL_SCHEMA,
  MIN_EXPONENTIAL_SCHEMA,
} from "@dmon/model";
import type { ProtoReader } from "../bytes/proto-reader.ts";
import { halvedResolution } from "../scrape/halved-resolution.ts";

export interface WrittenHistogram {
  readonly histogram: FloatHistogram;
  readonly atMs: number;
  /** NaN where unknown. */
  readonly startMs: number;
  readonly stale: boolean;
  /** Why it cannot be stored; "" where it can. */
  readonly error: string;
}

/** Exponential schemas above what is used are reserved; such a histogram is made coarser. */
const MAX_REDUCIBLE_SCHEMA = 52;

const HINTS: readonly CounterResetHint[] = ["unknown", "reset", "not_reset", "gauge"];

/** Reads the message that the reader has entered. */
export function readWrittenHistogram(reader: ProtoReader): WrittenHistogram {
  let [count, sum, schema, zeroThreshold, zeroCount, atMs, startMs, hint] = [0, 0, 0, 0, 0, 0, Number.NaN, 0];
  let stale = false;
  let isFloat = false;
  const spans: [BucketSpan[], BucketSpan[]] = [[], []];
  const deltas: [number[], number[]] = [[], []];
  const counts: [number[], number[]] = [[], []];
  const customValues: number[] = [];
  while (reader.more) {
    const tag = reader.varint();
    const field = tag >>> 3;
    const wire = tag & 7;
    // Negative buckets have fields 8, 9, 10, positive ones 11, 12, 13.
    const side = field >= 11 ? 0 : 1;
    switch (field) {
      case 1:
        count = reader.varint();
        break;
      case 2:
        count = reader.double();
        isFloat = true;
        break;
      case 3: {
        const at = reader.at;
        sum = reader.double();
        stale = isStaleAt(reader.view, at);
        break;
      }
      case 4:
        schema = reader.sint();
        break;
      case 5:
        zeroThreshold = reader.double();
        break;
      case 6:
        zeroCount = reader.varint();
        break;
      case 7:
        zeroCount = reader.double();
        break;
      case 8:
      case 11:
        spans[side].push(readSpan(reader));
        break;
      case 9:
      case 12:
        reader.repeated(wire, reader.sint, deltas[side]);
        break;
      case 10:
      case 13:
        reader.repeated(wire, reader.double, counts[side]);
        break;
      case 14:
        hint = reader.varint();
        break;
      case 15:
        atMs = reader.int();
        break;
      case 16:
        reader.repeated(wire, reader.double, customValues);
        break;
      case 17:
        startMs = reader.int() || Number.NaN;
        break;
      default:
        reader.skip(wire);
    }
  }
  const [positive, negative] = [0, 1].map((side) => (isFloat ? counts[side]! : summed(deltas[side]!)));
  const histogram: FloatHistogram = {
    schema,
    counterResetHint: HINTS[hint] ?? "unknown",
    zeroThreshold,
    zeroCount,
    count,
    sum,
    positiveSpans: spans[0],
    negativeSpans: spans[1],
    positiveBuckets: positive!,
    negativeBuckets: negative!,
    customValues,
  };
  const error = stale ? "" : histogramFault(histogram, isFloat);
  return { histogram: error === "" && !stale ? atKnownSchema(histogram) : histogram, atMs, startMs, stale, error };
}

/** Prometheus' staleness marker is this one NaN; told by its bits, because arithmetic does not keep them. */
export function isStaleAt(view: DataView, at: number): boolean {
  return view.getUint32(at, true) === 2 && view.getUint32(at + 4, true) === 0x7ff00000;
}

function readSpan(reader: ProtoReader): BucketSpan {
  let offset = 0;
  let length = 0;
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.varint();
    if (tag >>> 3 === 1) offset = reader.sint();
    else if (tag >>> 3 === 2) length = reader.varint();
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  return { offset, length };
}

function summed(deltas: readonly number[]): number[] {
  let running = 0;
  return deltas.map((delta) => {
    running += delta;
    return running;
  });
}

/** What makes a histogram invalid, in Prometheus' words; "" where nothing does. */
function histogramFault(histogram: FloatHistogram, isFloat: boolean): string {
  const { schema, positiveBuckets, negativeBuckets, customValues } = histogram;
  const isCustom = schema === CUSTOM_BUCKETS_SCHEMA;
  if (!isCustom && (schema < MIN_EXPONENTIAL_SCHEMA || schema > MAX_REDUCIBLE_SCHEMA)) {
    return `histogram has an invalid schema, got schema ${schema}`;
  }
  const fault =
    (isCustom ? customFault(histogram) : exponentialFault(histogram)) ||
    bucketsFault("negative", negativeBuckets) ||
    (!isCustom && customValues.length > 0 ? "histogram with exponential schema must not have custom bounds" : "") ||
    bucketsFault("positive", positiveBuckets);
  return fault || (isFloat ? "" : countFault(histogram));
}

function customFault(histogram: FloatHistogram): string {
  const { customValues, positiveSpans, positiveBuckets, negativeSpans, negativeBuckets } = histogram;
  const fault =
    boundsFault(customValues) ||
    spansFault(positiveSpans, positiveBuckets.length, 0) ||
    coverFault(customValues.length, positiveSpans) ||
    (histogram.zeroCount !== 0 ? "must have zero count of 0" : "") ||
    (histogram.zeroThreshold !== 0 ? "must have zero threshold of 0" : "") ||
    (negativeSpans.length > 0 ? "must not have negative spans" : "") ||
    (negativeBuckets.length > 0 ? "must not have negative buckets" : "");
  return fault === "" ? "" : `custom buckets: ${fault}`;
}

function boundsFault(bounds: readonly number[]): string {
  const before = (i: number): number => bounds[i - 1] ?? Number.NEGATIVE_INFINITY;
  const at = bounds.findIndex((bound, i) => bound <= before(i));
  if (at >= 0) {
    const [previous, current] = [before(at), bounds[at]!].map((bound) =>
      Number.isFinite(bound) ? bound.toFixed(6) : formatFloat(bound),
    );
    return `previous bound is ${previous} and current is ${current}: histogram custom bounds must be in strictly increasing order`;
  }
  return bounds.at(-1) === Number.POSITIVE_INFINITY
    ? "last +Inf bound must not be explicitly defined: histogram custom bounds must be finite"
    : "";
}

/** Custom bounds end at the last but one bucket: the last reaches to infinity. */
function coverFault(boundCount: number, spans: readonly BucketSpan[]): string {
  const covered = spans.reduce((sum, { offset, length }) => sum + offset + length, 0);
  if (boundCount + 1 >= covered) return "";
  return `only ${boundCount} custom bounds defined which is insufficient to cover total span length of ${covered}: histogram custom bounds are too few`;
}

function exponentialFault(histogram: FloatHistogram): string {
  const positive = spansFault(histogram.positiveSpans, histogram.positiveBuckets.length, 1);
  if (positive !== "") return `positive side: ${positive}`;
  const negative = spansFault(histogram.negativeSpans, histogram.negativeBuckets.length, 1);
  return negative === "" ? "" : `negative side: ${negative}`;
}

/** @param from first span whose offset may not be negative */
function spansFault(spans: readonly BucketSpan[], have: number, from: number): string {
  const at = spans.findIndex(({ offset }, i) => i >= from && offset < 0);
  if (at >= 0)
    return `span number ${at + 1} with offset ${spans[at]!.offset}: histogram has a span whose offset is negative`;
  const needed = spans.reduce((sum, { length }) => sum + length, 0);
  if (needed === have) return "";
  return `spans need ${needed} buckets, have ${have} buckets: histogram spans specify different number of buckets than provided`;
}

function bucketsFault(side: string, buckets: readonly number[]): string {
  const below = buckets.findIndex((count) => count < 0);
  return below < 0
    ? ""
    : `${side} side: bucket number ${below + 1} has observation count of ${buckets[below]}: histogram has a bucket whose observation count is negative`;
}

/** Observations of NaN are counted and are in no bucket; they make the sum NaN. */
function countFault({ count, sum, zeroCount, positiveBuckets, negativeBuckets }: FloatHistogram): string {
  const found = [...positiveBuckets, ...negativeBuckets].reduce((all, one) => all + one, zeroCount);
  const said = `${found} observations found in buckets, but the Count field is ${count}: histogram's observation count should`;
  if (Number.isNaN(sum))
    return found > count ? `${said} be at least the number of observations found in the buckets` : "";
  return found === count ? "" : `${said} equal the number of observations found in the buckets (in absence of NaN)`;
}

/** Finer histograms than PromQL knows are read at its finest resolution. */
function atKnownSchema(histogram: FloatHistogram): FloatHistogram {
  let known = histogram;
  while (known.schema > MAX_EXPONENTIAL_SCHEMA) known = halvedResolution(known);
  return known;
}
