/** `/api/v1/admin/tsdb/delete_series` and `clean_tombstones`, as Prometheus has them. Snapshots: `routes/admin.ts`. */
import { DmonError, type Slices } from "@dmon/model";
import { parseSelector } from "@dmon/promql";
import type { EngineContext } from "../context.ts";
import { MAX_TIME_MS, MIN_TIME_MS, parameterError, timeParam } from "../params.ts";
import type { EngineReply, EngineRequest } from "../reply.ts";

const DONE: EngineReply = { status: 204, headers: {}, body: [] };

export function* deleteSeries({ store }: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  const selectors = params.getAll("match[]");
  if (selectors.length === 0) throw new DmonError("bad_parameter", "no match[] parameter provided");
  const startMs = timeParam(params, "start", MIN_TIME_MS);
  const endMs = timeParam(params, "end", MAX_TIME_MS);
  const sets = selectors.map((text) => {
    try {
      return parseSelector(text);
    } catch (error) {
      throw parameterError("match[]", error);
    }
  });
  const minMs = startMs === MIN_TIME_MS ? Number.NEGATIVE_INFINITY : startMs;
  const maxMs = endMs === MAX_TIME_MS ? Number.POSITIVE_INFINITY : endMs;
  yield* store.deleteSeries(sets, minMs, maxMs);
  return DONE;
}

export function* cleanTombstones({ store }: EngineContext): Slices<EngineReply> {
  yield* store.cleanDeleted();
  return DONE;
}
