/**
 * Counter reset hints as Prometheus' store gives them back.
 *
 * A chunk of histograms has no reset within: its samples but the first read "not reset". The first one of a chunk reads
 * "unknown", also where the chunk was begun because of a reset. Gauges are kept apart.
 */
import { type CounterResetHint, type FloatHistogram, SampleKind } from "@dmon/model";
import { detectReset, isCustomBuckets, sameBounds } from "../histogram/index.ts";

/** @param previous the sample before, where it is a histogram */
export function storedHint(
  previous: FloatHistogram | undefined,
  previousKind: SampleKind | undefined,
  histogram: FloatHistogram,
): CounterResetHint {
  if (histogram.counterResetHint === "gauge") return "gauge";
  if (previous === undefined || previousKind !== SampleKind.HISTOGRAM) return "unknown";
  return continuesChunk(previous, histogram) ? "not_reset" : "unknown";
}

function continuesChunk(previous: FloatHistogram, histogram: FloatHistogram): boolean {
  if (previous.counterResetHint === "gauge") return false;
  if (previous.schema !== histogram.schema || previous.zeroThreshold !== histogram.zeroThreshold) return false;
  if (isCustomBuckets(histogram) && !sameBounds(previous.customValues, histogram.customValues)) return false;
  if (histogram.counterResetHint === "reset") return false;
  return !detectReset({ ...histogram, counterResetHint: "unknown" }, previous);
}
