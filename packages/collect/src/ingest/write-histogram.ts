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
  MAX_EXPONENTIAL_SCHEMA,
  MIN_EXPONENTIAL_SCHEMA,
} from "@dmon/model";
import type { ProtoReader } from "../bytes/proto-reader.ts";

export interface WrittenHistogram {
  readonly histogram: FloatHistogram;
  readonly atMs: number;
  /** NaN where unknown. */
  readonly startMs: number;
  readonly stale: boolean;
  /** Why it cannot be stored; "" where it can. */
  readonly error: string;
}

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
  return { histogram, atMs, startMs, stale, error: stale ? "" : histogramFault(histogram) };
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
function histogramFault(histogram: FloatHistogram): string {
  const { schema, customValues } = histogram;
  const custom = schema === CUSTOM_BUCKETS_SCHEMA;
  if (!custom && (schema < MIN_EXPONENTIAL_SCHEMA || schema > MAX_EXPONENTIAL_SCHEMA)) {
    return `histogram has an invalid schema, got schema ${schema}`;
  }
  if (custom && customValues.some((bound, i) => i > 0 && bound <= customValues[i - 1]!)) {
    return "histogram custom bounds must be in strictly increasing order";
  }
  if (custom && histogram.negativeSpans.length > 0) return "custom buckets: must not have negative spans";
  return (
    sideFault("negative", histogram.negativeSpans, histogram.negativeBuckets) ||
    sideFault("positive", histogram.positiveSpans, histogram.positiveBuckets)
  );
}

function sideFault(side: string, spans: readonly BucketSpan[], buckets: readonly number[]): string {
  let needed = 0;
  for (const [i, span] of spans.entries()) {
    if (i > 0 && span.offset < 0)
      return `${side} side: span number ${i + 1} with offset ${span.offset}: histogram has a span whose offset is negative`;
    needed += span.length;
  }
  if (needed !== buckets.length) {
    return `${side} side: spans need ${needed} buckets, have ${buckets.length} buckets: histogram spans specify different number of buckets than provided`;
  }
  const below = buckets.findIndex((count) => count < 0);
  return below < 0
    ? ""
    : `${side} side: bucket number ${below + 1} has observation count of ${buckets[below]}: histogram has a bucket whose observation count is negative`;
}
