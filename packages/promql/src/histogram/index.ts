/** Native histograms: arithmetic, statistics and text forms over model's immutable `FloatHistogram`. */
export { type AddNotes, HistogramAccumulator } from "./accumulator.ts";
export {
  addHistograms,
  asGauge,
  type CombinedHistogram,
  divideHistogram,
  multiplyHistogram,
  subtractHistograms,
} from "./arithmetic.ts";
export { exponentialBound, isCustomBuckets } from "./bounds.ts";
export { allBuckets, type Bucket, negativeBuckets, positiveBuckets, zeroBucket } from "./buckets.ts";
export {
  type ClassicBucket,
  type ClassicEstimate,
  classicFraction,
  classicQuantile,
  type MonotonicityFix,
} from "./classic.ts";
export { compact } from "./compact.ts";
export { type CombinedHint, combineHints, detectReset } from "./counter-reset.ts";
export { sameBounds } from "./custom-bounds.ts";
export { equalHistograms, sameLayout, sampleEquivalents } from "./equality.ts";
export { formatHistogram, formatTestHistogram } from "./format.ts";
export { type ApiHistogram, type ApiHistogramBucket, histogramToJson } from "./json.ts";
export { histogramAverage, histogramDeviation, histogramVariance } from "./moments.ts";
export { type HistogramEstimate, histogramFraction, histogramQuantile } from "./quantile.ts";
export { reduceResolution } from "./resolution.ts";
export { trimAbove, trimBelow } from "./trim.ts";
