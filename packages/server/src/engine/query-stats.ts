/** What a query cost, in the shape in which Prometheus' API tells it; seconds. */
import type { QueryResult } from "@dmon/model";

export function queryStats(result: QueryResult | undefined) {
  const { cpuMs = 0, samplesTotal = 0, samplesPeak = 0, seriesCount = 0 } = result?.stats ?? {};
  const cpuSeconds = cpuMs / 1000;
  return {
    timings: {
      evalTotalTime: cpuSeconds,
      resultSortTime: 0,
      queryPreparationTime: 0,
      innerEvalTime: cpuSeconds,
      execQueueTime: 0,
      execTotalTime: cpuSeconds,
    },
    samples: { totalQueryableSamples: samplesTotal, peakSamples: samplesPeak },
    seriesCount,
  };
}
