/**
 * Makes cumulative points of delta points, a stream at a time.
 *
 * A stream's first point begins its count; a point that begins before the last one ended is refused, so that a retried request
 * counts once. Streams that say nothing for a while are forgotten; their count then begins anew, with a new start time.
 * Source: the OpenTelemetry specification, "Sums: Delta-to-Cumulative".
 */
import type { ExponentialBuckets, ExponentialPoint, HistogramPoint, NumberPoint } from "./otlp-model.ts";

/** A stream without points for so long (by its own times) is forgotten when room is needed or at the next look. */
const IDLE_MS = 3_600_000;
const MAX_STREAMS = 200_000;

interface Accumulated {
  startMs: number;
  atMs: number;
}

export class DeltaStreams {
  readonly #numbers = new Map<string, Accumulated & { value: number }>();
  readonly #histograms = new Map<string, Accumulated & { point: HistogramPoint }>();
  readonly #exponentials = new Map<string, Accumulated & { point: ExponentialPoint }>();

  /** @returns undefined where the point is older than what was counted already */
  number(key: string, point: NumberPoint): NumberPoint | undefined {
    const state = this.#numbers.get(key);
    if (state !== undefined && isOld(point, state)) return undefined;
    const next = { ...times(state, point), value: (state?.value ?? 0) + point.value };
    keep(this.#numbers, key, next);
    return { ...point, startMs: next.startMs, value: next.value };
  }

  histogram(key: string, point: HistogramPoint): HistogramPoint | undefined {
    const state = this.#histograms.get(key);
    if (state !== undefined && isOld(point, state)) return undefined;
    const last = state?.point;
    const fits = last !== undefined && sameNumbers(last.bounds, point.bounds);
    const summed: HistogramPoint = fits
      ? {
          ...point,
          startMs: last.startMs,
          count: last.count + point.count,
          sum: last.sum + point.sum,
          bucketCounts: point.bucketCounts.map((count, i) => count + (last.bucketCounts[i] ?? 0)),
        }
      : { ...point, startMs: times(undefined, point).startMs };
    keep(this.#histograms, key, { startMs: summed.startMs, atMs: point.atMs, point: summed });
    return summed;
  }

  exponential(key: string, point: ExponentialPoint): ExponentialPoint | undefined {
    const state = this.#exponentials.get(key);
    if (state !== undefined && isOld(point, state)) return undefined;
    const last = state?.point;
    let summed: ExponentialPoint = { ...point, startMs: times(state, point).startMs };
    if (last !== undefined) {
      const scale = Math.min(last.scale, point.scale);
      const merge = (a: ExponentialBuckets, b: ExponentialBuckets) =>
        mergeBuckets(rescale(a, last.scale - scale), rescale(b, point.scale - scale));
      summed = {
        ...summed,
        scale,
        count: last.count + point.count,
        sum: last.sum + point.sum,
        zeroCount: last.zeroCount + point.zeroCount,
        zeroThreshold: Math.max(last.zeroThreshold, point.zeroThreshold),
        positive: merge(last.positive, point.positive),
        negative: merge(last.negative, point.negative),
      };
    }
    keep(this.#exponentials, key, { startMs: summed.startMs, atMs: point.atMs, point: summed });
    return summed;
  }
}

function isOld(point: { readonly startMs: number; readonly atMs: number }, state: Accumulated): boolean {
  return point.atMs <= state.atMs || point.startMs < state.atMs;
}

function times(
  state: Accumulated | undefined,
  point: { readonly startMs: number; readonly atMs: number },
): Accumulated {
  return { startMs: state?.startMs ?? (Number.isNaN(point.startMs) ? point.atMs : point.startMs), atMs: point.atMs };
}

/** Sets the newest state; a map is in order of its last points, so what is idle stands first. */
function keep<T extends Accumulated>(streams: Map<string, T>, key: string, state: T): void {
  streams.delete(key);
  streams.set(key, state);
  for (const [oldKey, old] of streams) {
    if (streams.size <= MAX_STREAMS && state.atMs - old.atMs <= IDLE_MS) break;
    streams.delete(oldKey);
  }
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Merges neighbouring buckets so that the scale falls by `by`. */
export function rescale(buckets: ExponentialBuckets, by: number): ExponentialBuckets {
  if (by <= 0 || buckets.counts.length === 0) return buckets;
  const factor = 2 ** by;
  const offset = Math.floor(buckets.offset / factor);
  const counts: number[] = [];
  buckets.counts.forEach((count, i) => {
    const at = Math.floor((buckets.offset + i) / factor) - offset;
    counts[at] = (counts[at] ?? 0) + count;
  });
  return { offset, counts: Array.from(counts, (count) => count ?? 0) };
}

function mergeBuckets(a: ExponentialBuckets, b: ExponentialBuckets): ExponentialBuckets {
  if (a.counts.length === 0) return b;
  if (b.counts.length === 0) return a;
  const offset = Math.min(a.offset, b.offset);
  const end = Math.max(a.offset + a.counts.length, b.offset + b.counts.length);
  const counts = new Array<number>(end - offset).fill(0);
  for (const { offset: from, counts: given } of [a, b]) {
    given.forEach((count, i) => {
      counts[from - offset + i]! += count;
    });
  }
  return { offset, counts };
}
