/** What all parts of one query share: its data, its limits, its notes and its counters. */
import { DmonError, type Queryable } from "@dmon/model";
import type { Expr } from "../ast.ts";
import { Notes } from "./notes.ts";

export interface QueryLimits {
  readonly lookbackMs: number;
  readonly maxSamples: number;
  readonly delayedNameRemoval: boolean;
  /** Resolution of a subquery that names none, ms. */
  readonly subqueryStepMs: number;
  /** Start times of counters tell resets. */
  readonly useStartTimestamps: boolean;
}

/** Samples or values touched between two yields: about two milliseconds of work. */
const WORK_PER_SLICE = 200_000;
/** Finding, reading and grouping a series takes as long as so many samples, however few it has. */
export const SERIES_WEIGHT = 100;

/** What was found out of the expression before it is evaluated. */
type Plan = Pick<QueryContext, "invariant" | "unreadNames" | "detectedHints">;

export class QueryContext {
  readonly queryable: Queryable;
  readonly limits: QueryLimits;
  readonly notes = new Notes();
  /** Subtrees that give the same at every step, and are evaluated once. */
  readonly invariant: ReadonlySet<Expr>;
  /** Subtrees of whose series nobody reads the metric's name. */
  readonly unreadNames: ReadonlySet<Expr>;
  /** Selectors of which only count and sum are asked: their histograms' hints are found by comparing. */
  readonly detectedHints: ReadonlySet<Expr>;
  /** Samples read, counted at each step that reads them. */
  samplesTotal = 0;
  samplesPeak = 0;
  seriesCount = 0;
  #held = 0;
  #work = 0;

  constructor(queryable: Queryable, limits: QueryLimits, plan: Plan) {
    this.queryable = queryable;
    this.limits = limits;
    this.invariant = plan.invariant;
    this.unreadNames = plan.unreadNames;
    this.detectedHints = plan.detectedHints;
  }

  /** Counts work; true where the task should yield now. */
  spend(work: number): boolean {
    this.#work += work;
    if (this.#work < WORK_PER_SLICE) return false;
    this.#work = 0;
    return true;
  }

  /**
   * Counts samples that are kept.
   *
   * @throws {DmonError} `query_too_large`
   */
  hold(samples: number): void {
    this.#held += samples;
    this.touch(0);
  }

  release(samples: number): void {
    this.#held -= samples;
  }

  /**
   * Counts samples that are in memory for a moment only.
   *
   * @throws {DmonError} `query_too_large`
   */
  touch(samples: number): void {
    const now = this.#held + samples;
    if (now > this.samplesPeak) this.samplesPeak = now;
    if (now > this.limits.maxSamples) {
      throw new DmonError(
        "query_too_large",
        "query processing would load too many samples into memory in query execution",
      );
    }
  }
}

/** A failure of evaluation, with Prometheus' text. */
export function queryFailed(message: string): DmonError {
  return new DmonError("query_failed", message);
}
