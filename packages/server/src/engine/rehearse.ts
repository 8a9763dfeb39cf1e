/**
 * What the first page asks, done once ahead of it: the query engine is loaded when it is first needed, and its code compiled as it
 * first runs, which takes ten times what the questions take after that. It is done while a browser still loads the page's
 * scripts; a program that nobody looks at keeps the memory.
 *
 * Queries like those of the built-in charts, over what is there; answers are written and thrown away, and no log has them.
 */
import type { Slices } from "@dmon/model";
import type { EngineContext, LazyContext } from "./context.ts";

const WINDOW_MS = 300_000;
const STEP_MS = 1000;

const RANGES = [
  'clamp_max((sum by (cpu) (irate(node_cpu_seconds_total{mode!~"idle|iowait"}[5s])) / 1) * 100, 100)',
  '(sum by (mode) (irate(node_cpu_seconds_total{mode!="idle"}[5s])) / on() group_left() count(node_cpu_seconds_total{mode="idle"})) * 100',
  "sum(node_memory_MemTotal_bytes) - sum(node_memory_MemFree_bytes)",
];
const INSTANTS = ["100 * sum by (device) (rate(node_disk_io_time_seconds_total[1m])) > 95"];

/** Loads what answers, then has it run by `schedule`. */
export async function rehearse(context: LazyContext, schedule: (work: Slices<void>) => void): Promise<void> {
  const [{ queryValueJson }] = await Promise.all([
    import("./json.ts"),
    import("./api/batch.ts"),
    import("./api/names.ts"),
    context.prepare(),
  ]);
  schedule(run(context, queryValueJson));
}

function* run(
  { queries, clock, config }: EngineContext,
  write: typeof import("./json.ts")["queryValueJson"],
): Slices<void> {
  const endMs = Math.floor(clock.nowMs() / STEP_MS) * STEP_MS;
  const { signal } = new AbortController();
  const options = { timeoutMs: config.query.timeout, lookbackMs: config.query.lookback, signal };
  for (const query of RANGES) {
    const { value } = yield* queries.range({
      query,
      startMs: endMs - WINDOW_MS,
      endMs,
      stepMs: STEP_MS,
      ...options,
    });
    for (const _piece of write(value)) yield;
  }
  for (const query of INSTANTS) {
    const { value } = yield* queries.instant({ query, atMs: endMs, ...options });
    for (const _piece of write(value)) yield;
  }
}
