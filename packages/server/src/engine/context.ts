/** What handlers in the engine work with. */

import type { RuleGroup } from "@dmon/alerting";
import {
  bug,
  type Clock,
  type InstantQuery,
  type QueryResult,
  type RangeQuery,
  type Slices,
  systemClock,
} from "@dmon/model";
import type { Store } from "@dmon/tsdb";
import type { Config } from "../config/schema.ts";
import type { QueryLog } from "./query-log.ts";
import type { Annotations } from "./state/annotations.ts";

export interface LocalQueries {
  instant(query: InstantQuery): Slices<QueryResult>;
  range(query: RangeQuery): Slices<QueryResult>;
}

/** Rules as the API shows them. */
export interface RuleView {
  readonly groups: readonly RuleGroup[];
}

export interface EngineContext {
  readonly store: Store;
  readonly queries: LocalQueries;
  readonly config: Config;
  readonly annotations: Annotations;
  readonly rules: RuleView;
  readonly queryLog: QueryLog;
  readonly clock: Clock;
}

/** The context of the program: the query language is loaded by the first call. */
export class LazyContext implements EngineContext {
  readonly store: Store;
  readonly annotations: Annotations;
  readonly rules: RuleView;
  readonly queryLog: QueryLog;
  readonly config: Config;
  readonly clock = systemClock;
  readonly #subqueryStepMs: number;
  #queries: LocalQueries | undefined;

  /** @param subqueryStepMs step of a subquery that names none: the evaluation interval, as in Prometheus */
  constructor(
    store: Store,
    annotations: Annotations,
    rules: RuleView,
    queryLog: QueryLog,
    config: Config,
    subqueryStepMs = 60_000,
  ) {
    this.#subqueryStepMs = subqueryStepMs;
    this.store = store;
    this.annotations = annotations;
    this.rules = rules;
    this.queryLog = queryLog;
    this.config = config;
  }

  async prepare(): Promise<void> {
    if (this.#queries !== undefined) return;
    const { createPromqlEngine } = await import("@dmon/promql");
    const { lookback, max_samples, experimental_functions, delayed_name_removal } = this.config.query;
    this.#queries ??= createPromqlEngine(this.store, {
      lookbackMs: lookback,
      maxSamples: max_samples,
      experimentalFunctions: experimental_functions,
      delayedNameRemoval: delayed_name_removal,
      subqueryStepMs: this.#subqueryStepMs,
    });
  }

  get queries(): LocalQueries {
    return this.#queries ?? bug("a call runs before prepare()");
  }
}
