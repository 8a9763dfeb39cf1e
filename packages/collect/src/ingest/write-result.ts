/** What became of a written request: counts, and the first errors in Prometheus' words. */
import { AppendOutcome, formatFloat, type OutcomeCounts, quoteLabelValue } from "@dmon/model";

/** So many errors are told; a request may have a million of them. */
const MAX_ERRORS = 10;

export class WriteResult {
  /** Samples, histograms and exemplars that were accepted; duplicates of what is there count, as in Prometheus. */
  samples = 0;
  histograms = 0;
  exemplars = 0;
  /** Samples and histograms by their {@link AppendOutcome}. */
  readonly outcomes: OutcomeCounts = new Float64Array(6);
  /** Series that were skipped because their labels are not valid. */
  invalidSeries = 0;
  /** At most ten; empty where all is well. */
  readonly errors: string[] = [];

  /** The HTTP status: 204, or 400 where anything was refused. What was accepted stays. */
  get status(): 204 | 400 {
    return this.errors.length === 0 ? 204 : 400;
  }

  addError(text: string): void {
    if (this.errors.length < MAX_ERRORS) this.errors.push(text);
  }
}

/** Prometheus' text for a sample that was refused. */
export function outcomeText(outcome: AppendOutcome, atMs: number, value: number): string {
  switch (outcome) {
    case AppendOutcome.CONFLICT:
      return `duplicate sample for timestamp ${atMs}; overrides not allowed: new value ${formatFloat(value)}`;
    case AppendOutcome.OUT_OF_ORDER:
      return "out of order sample";
    case AppendOutcome.OUT_OF_BOUNDS:
      return "out of bounds";
    case AppendOutcome.LIMIT:
      return "series limit reached; the store takes no new series until others end or the limit is raised";
    default:
      return "";
  }
}

/** Labels as errors of remote write print them: the metric's name among the others. */
export function printPairs(pairs: Iterable<readonly [string, string]>): string {
  return `{${[...pairs].map(([name, value]) => `${name}=${quoteLabelValue(value)}`).join(", ")}}`;
}
