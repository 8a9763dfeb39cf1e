/**
 * Classic histograms (series `x_bucket{le=…}`, `x_count`, `x_sum`) as native ones with custom buckets, for `load_with_nhcb`.
 *
 * Source: prometheus `util/convertnhcb`.
 */
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram, type Labels, METRIC_NAME, parseGoFloat } from "@dmon/model";
import { compact } from "../histogram/index.ts";
import { scriptError } from "./cursor.ts";

interface Parts {
  /** Cumulative counts by upper bound. */
  readonly buckets: Map<number, number>;
  count: number | undefined;
  sum: number;
}

const SUFFIX = /^(.*)_(bucket|count|sum)$/s;

/** Gathers float samples of classic histograms, and gives them back as native ones. */
export class ClassicHistograms {
  #byMetric = new Map<string, { labels: Labels; byTime: Map<number, Parts> }>();

  add(labels: Labels, atMs: number, value: number): void {
    const [, name, part] = SUFFIX.exec(labels.name) ?? [];
    if (name === undefined) return;
    const bound = part === "bucket" ? parseGoFloat(labels.get("le")) : 0;
    if (bound === undefined || Number.isNaN(bound)) return;
    const parts = this.#parts(labels.with(METRIC_NAME, name).without("le"), atMs);
    if (part === "count") parts.count = value;
    else if (part === "sum") parts.sum = value;
    else if (!parts.buckets.has(bound)) parts.buckets.set(bound, value);
  }

  /** In ascending time for each histogram. @throws {DmonError} `bad_script` for counts that do not fit together */
  forEach(visit: (labels: Labels, atMs: number, histogram: FloatHistogram) => void): void {
    for (const { labels, byTime } of this.#byMetric.values()) {
      const times = [...byTime.keys()].sort((a, b) => a - b);
      for (const atMs of times) visit(labels, atMs, toNative(labels, byTime.get(atMs)!));
    }
  }

  #parts(labels: Labels, atMs: number): Parts {
    let metric = this.#byMetric.get(labels.key);
    if (metric === undefined) {
      metric = { labels, byTime: new Map() };
      this.#byMetric.set(labels.key, metric);
    }
    let parts = metric.byTime.get(atMs);
    if (parts === undefined) {
      parts = { buckets: new Map(), count: undefined, sum: 0 };
      metric.byTime.set(atMs, parts);
    }
    return parts;
  }
}

function toNative(labels: Labels, { buckets, count, sum }: Parts): FloatHistogram {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const total = count ?? sorted.at(-1)?.[1];
  if (total === undefined) throw scriptError(`${labels}: count must be provided when no buckets are present`);
  if (sorted.at(-1)?.[0] !== Number.POSITIVE_INFINITY) sorted.push([Number.POSITIVE_INFINITY, total]);
  let below = 0;
  const counts = sorted.map(([bound, cumulative]) => {
    if (cumulative < below) throw scriptError(`${labels}: count of bucket ${bound} is not cumulative`);
    const own = cumulative - below;
    below = cumulative;
    return own;
  });
  if (below !== total) throw scriptError(`${labels}: count ${total} differs from that of the last bucket, ${below}`);
  return compact({
    schema: CUSTOM_BUCKETS_SCHEMA,
    counterResetHint: "unknown",
    zeroThreshold: 0,
    zeroCount: 0,
    count: total,
    sum,
    positiveSpans: [{ offset: 0, length: counts.length }],
    positiveBuckets: counts,
    negativeSpans: [],
    negativeBuckets: [],
    customValues: sorted.slice(0, -1).map(([bound]) => bound),
  });
}
