/** `/api/v1/status/tsdb`: what the store holds, in Prometheus' shape, with what only this store has beside it. */
import { DmonError, type Slices } from "@dmon/model";
import type { NameCount } from "@dmon/tsdb";
import type { EngineContext } from "../context.ts";
import { parseInteger } from "../params.ts";
import { type EngineReply, type EngineRequest, successReply } from "../reply.ts";

const DEFAULT_LIMIT = 10;

export function* tsdbStatus({ store }: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  const limit = parseInteger(params.get("limit") || String(DEFAULT_LIMIT));
  if (typeof limit === "string" || limit < 1) throw new DmonError("bad_parameter", "limit must be a positive number");
  const stats = store.stats();
  const top = (entries: readonly NameCount[]) =>
    entries.slice(0, limit).map(({ name, count }) => ({ name, value: count }));
  const data = {
    headStats: {
      numSeries: stats.headSeries,
      numLabelPairs: stats.symbolCount,
      chunkCount: stats.recentPacks,
      minTime: stats.minMs ?? 0,
      maxTime: stats.maxMs ?? 0,
    },
    seriesCountByMetricName: top(stats.topMetrics),
    labelValueCountByLabelName: top(stats.topLabelNames),
    memoryInBytesByLabelName: [],
    seriesCountByLabelValuePair: top(stats.topLabelPairs),
    storage: {
      totalBytes: stats.totalBytes,
      headFileBytes: stats.headFileBytes,
      recentFileBytes: stats.recentFileBytes,
      tierFileBytes: stats.tierFileBytes,
      openBytes: stats.openBytes,
      damageCount: stats.damageCount,
      lostSamples: stats.lostSamples,
      diskFull: stats.diskFull,
    },
  };
  return successReply([JSON.stringify(data)]);
}
