/** Brings samples that were gathered from several places into order. */
import { SampleColumns } from "@dmon/model";
import { pushSample } from "../codec/chunk.ts";

/**
 * Sorts by time and keeps one sample an instant, the one appended last. Returns at once where the samples are in order,
 * which they nearly always are.
 */
export function normalize(columns: SampleColumns): void {
  const { timesMs, length } = columns;
  let i = 1;
  while (i < length && timesMs[i]! > timesMs[i - 1]!) i++;
  if (i >= length) return;
  const order = Array.from({ length }, (_, k) => k).sort((a, b) => timesMs[a]! - timesMs[b]! || a - b);
  const copy = new SampleColumns(0);
  copy.timesMs = columns.timesMs.slice(0, length);
  copy.values = columns.values.slice(0, length);
  copy.kinds = columns.kinds.slice(0, length);
  if (columns.hasStart) copy.startMs = columns.startMs.slice(0, length);
  copy.histograms = columns.histograms;
  const { hasStart, hasHistograms } = columns;
  columns.clear();
  for (let k = 0; k < length; k++) {
    const at = order[k]!;
    if (k + 1 < length && copy.timesMs[order[k + 1]!] === copy.timesMs[at]) continue;
    const startMs = hasStart ? copy.startMs[at]! : Number.NaN;
    const histogram = hasHistograms ? copy.histograms[at] : undefined;
    pushSample(columns, copy.timesMs[at]!, copy.kinds[at]!, copy.values[at]!, startMs, histogram);
  }
}
