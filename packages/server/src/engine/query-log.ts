/**
 * `query_log_file`: a line of JSON for each query that was evaluated, of the HTTP API and of rules.
 *
 * Keys are those of Prometheus' log (`params`, `stats`, `httpRequest`, `ruleGroup`, `error`), times in seconds; the time spent
 * on an evaluation is CPU of the engine's thread, but for `execTotalTime`, which also counts what ran in between.
 */
import { LineFile, type LineFileLog } from "@dmon/collect/line-file";
import { messageOf, type QueryResult, type Slices } from "@dmon/model";
import { queryStats } from "./query-stats.ts";

/** Where a query came from. */
export type QueryOrigin =
  | { readonly httpRequest: { readonly clientIP: string; readonly method: string; readonly path: string } }
  | { readonly ruleGroup: { readonly file: string; readonly name: string } };

export interface LoggedParams {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export class QueryLog {
  readonly #log: LineFileLog;
  #file: LineFile | undefined;

  constructor(log: LineFileLog) {
    this.#log = log;
  }

  get isInUse(): boolean {
    return this.#file !== undefined;
  }

  /** Writes to this file from now on, opened anew where it is the one already; "" is none. */
  use(path: string): void {
    if (this.#file !== undefined && this.#file.path === path) {
      this.#file.reopen();
      return;
    }
    void this.#file?.close();
    this.#file = path === "" ? undefined : new LineFile(path, "query_log_file", this.#log);
  }

  /** Runs a query and leaves its line, whether it succeeds or fails; a text that is no query leaves none. */
  *logged(work: Slices<QueryResult>, params: LoggedParams, origin: QueryOrigin): Slices<QueryResult> {
    if (this.#file === undefined) return yield* work;
    const startedMs = performance.now();
    try {
      const result = yield* work;
      this.#add(params, origin, result, performance.now() - startedMs);
      return result;
    } catch (error) {
      if (!isNoQuery(error)) this.#add(params, origin, undefined, performance.now() - startedMs, messageOf(error));
      throw error;
    }
  }

  close(): void {
    this.use("");
  }

  #add(
    params: LoggedParams,
    origin: QueryOrigin,
    result: QueryResult | undefined,
    tookMs: number,
    error?: string,
  ): void {
    const line = {
      time: new Date().toISOString(),
      level: "INFO",
      msg: "promql query logged",
      params: {
        end: new Date(params.endMs).toISOString(),
        query: params.query,
        start: new Date(params.startMs).toISOString(),
        step: Math.trunc(params.stepMs / 1000),
      },
      ...(error === undefined ? {} : { error }),
      stats: loggedStats(result, tookMs),
      ...origin,
    };
    this.#file?.append(JSON.stringify(line));
  }
}

function loggedStats(result: QueryResult | undefined, tookMs: number): object {
  const { timings, samples } = queryStats(result);
  return { timings: { ...timings, execTotalTime: tookMs / 1000 }, samples };
}

function isNoQuery(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "bad_query" || code === "bad_regex";
}
