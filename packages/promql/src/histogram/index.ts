/** Native histograms: arithmetic, statistics and text forms over model's immutable `FloatHistogram`. */
export { HistogramAccumulator } from "./accumulator.ts";
export {
  addHistograms,
  asGauge,
  type CombinedHistogram,
  divideHistogram,
  multiplyHistogram,
  subtractHistograms,
} from "./arithmetic.ts";
export { isCustomBuckets } from "./bounds.ts";
export { type ClassicBucket, classicFraction, classicQuantile } from "./classic.ts";
export { compact } from "./compact.ts";
export { detectReset } from "./counter-reset.ts";
export { sameBounds } from "./custom-bounds.ts";
export { equalHistograms, sameLayout } from "./equality.ts";
export { formatHistogram, formatTestHistogram } from "./format.ts";
export { type ApiHistogram, histogramToJson } from "./json.ts";
export { histogramAverage, histogramDeviation, histogramVariance } from "./moments.ts";
export { histogramFraction, histogramQuantile } from "./quantile.ts";
export { trimAbove, trimBelow } from "./trim.ts";
