/** Prometheus' test script language, and the pieces of it that rule unit tests use as well. */

export { nearlyEqual, nearlyEqualHistograms } from "./nearly-equal.ts";
export {
  type CaseFailure,
  type EngineFactory,
  formatFailure,
  runScript,
  runScripts,
  type ScriptReport,
} from "./run-scripts.ts";
export { parseSeriesLine, type SequenceValue, type SeriesLine } from "./series-line.ts";
export { MemoryStorage } from "./storage.ts";
