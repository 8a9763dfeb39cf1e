/** Executes `load`: puts the series of a block into the storage. */
import type { FloatHistogram, Labels } from "@dmon/model";
import { ClassicHistograms } from "./classic-to-native.ts";
import type { LoadCommand } from "./script.ts";
import type { MemoryStorage } from "./storage.ts";

/**
 * @param originMs time of the first sample of each series
 * @throws {DmonError} `out_of_order`, `bad_script`
 */
export function loadSeries(command: LoadCommand, storage: MemoryStorage, originMs = 0): void {
  const classic = new ClassicHistograms();
  for (const { labels, values, startOffsets } of command.series) {
    values.forEach((value, i) => {
      if (value.kind === "omitted") return;
      const atMs = originMs + i * command.stepMs;
      const offsetMs = startOffsets[i];
      const startMs = offsetMs === undefined ? Number.NaN : atMs + offsetMs;
      if (value.kind === "stale") storage.appendStale(labels, atMs);
      else if (value.kind === "histogram") storage.appendHistogram(labels, atMs, value.histogram, startMs);
      else {
        storage.appendFloat(labels, atMs, value.value, startMs);
        if (command.withCustomBuckets) classic.add(labels, atMs, value.value);
      }
    });
  }
  classic.forEach((labels: Labels, atMs: number, histogram: FloatHistogram) => {
    storage.appendHistogram(labels, atMs, histogram);
  });
}
