/** What handlers in the engine work with. */
import type { Clock, InstantQuery, QueryResult, RangeQuery, Slices } from "@dmon/model";
import type { Store } from "@dmon/tsdb";
import type { Config } from "../config/schema.ts";

export interface LocalQueries {
  instant(query: InstantQuery): Slices<QueryResult>;
  range(query: RangeQuery): Slices<QueryResult>;
}

export interface EngineContext {
  readonly store: Store;
  readonly queries: LocalQueries;
  readonly config: Config;
  readonly clock: Clock;
}
