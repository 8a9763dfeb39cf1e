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
export { compact } from "./compact.ts";
export { type CombinedHint, combineHints, detectReset } from "./counter-reset.ts";
export { sameBounds } from "./custom-bounds.ts";
export { equalHistograms, sameLayout, sampleEquivalents } from "./equality.ts";
export { reduceResolution } from "./resolution.ts";
