/** What became of a written request: counts, and the first errors in Prometheus' words. */
import {
  AppendOutcome,
  formatFloat,
  isLegacyLabelName,
  type NewestSample,
  type OutcomeCounts,
  quoteLabelValue,
  SampleKind,
} from "@dmon/model";

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

  /** What OTLP said that cannot be series, at most ten texts, and how many points that were. No refusal: the sender is told. */
  readonly faults: string[] = [];
  faultyPoints = 0;

  /** The HTTP status: 204, or 400 where anything was refused. What was accepted stays. */
  get status(): 204 | 400 {
    return this.errors.length === 0 ? 204 : 400;
  }

  addFault(text: string, points = 1): void {
    this.faultyPoints += points;
    if (this.faults.length < MAX_ERRORS) this.faults.push(text);
  }

  addError(text: string): void {
    if (this.errors.length < MAX_ERRORS) this.errors.push(text);
  }
}

/** A sample that was refused. */
export interface RefusedSample {
  readonly outcome: AppendOutcome;
  readonly atMs: number;
  /** "histogram" for one of those, NaN for a staleness marker. */
  readonly value: number | "histogram";
  /** What its series has. */
  readonly newest: NewestSample | undefined;
}

/** Further behind than this, Prometheus says that a sample is out of its bounds rather than out of order: half a head's range. */
const OUT_OF_BOUNDS_BEHIND_MS = 3_600_000;

/** Prometheus' text for a sample that was refused. */
export function outcomeText(refused: RefusedSample): string {
  const { outcome, atMs, newest } = refused;
  switch (outcome) {
    case AppendOutcome.CONFLICT:
      return conflictText(refused);
    case AppendOutcome.OUT_OF_ORDER:
      return newest !== undefined && newest.atMs - atMs > OUT_OF_BOUNDS_BEHIND_MS
        ? "out of bounds"
        : "out of order sample";
    case AppendOutcome.OUT_OF_BOUNDS:
      return atMs > Date.now() ? "out of bounds: timestamp is too far in the future" : "out of bounds";
    case AppendOutcome.LIMIT:
      return "series limit reached; the store takes no new series until others end or the limit is raised";
    default:
      return "";
  }
}

function conflictText({ atMs, value, newest }: RefusedSample): string {
  const isOnHistogram = newest?.atMs === atMs && newest.kind === SampleKind.HISTOGRAM;
  // Of histograms nothing is told, and a staleness marker of one is a histogram too.
  if (value === "histogram" || (isOnHistogram && Number.isNaN(value))) return "duplicate sample for timestamp";
  const existing = newest?.atMs !== atMs ? "" : isOnHistogram ? "existing is a histogram, " : existingText(newest);
  return `duplicate sample for timestamp ${atMs}; overrides not allowed: ${existing}new value ${formatFloat(value)}`;
}

function existingText({ kind, value }: NewestSample): string {
  return `existing ${formatFloat(kind === SampleKind.FLOAT ? value : Number.NaN)}, `;
}

/** Labels as errors of remote write print them: the metric's name among the others. */
export function printPairs(pairs: Iterable<readonly [string, string]>): string {
  return `{${[...pairs].map(([name, value]) => `${quotedName(name)}=${quoteLabelValue(value)}`).join(", ")}}`;
}

function quotedName(name: string): string {
  return isLegacyLabelName(name) ? name : quoteLabelValue(name);
}
