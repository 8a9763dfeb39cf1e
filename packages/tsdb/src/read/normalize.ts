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
  if (i >= length || moveRuns(columns)) return;
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

/** Runs of ascending times that are put in order as they are. */
const MAX_RUNS = 16;

/** The usual disorder: whole runs, each ascending, of which a later one lies before. @returns false where it is another */
function moveRuns(columns: SampleColumns): boolean {
  const { timesMs, values, kinds, startMs, hasStart, hasHistograms, length } = columns;
  if (hasHistograms) return false;
  const runs: { readonly from: number; readonly to: number }[] = [];
  for (let from = 0; from < length; ) {
    let to = from + 1;
    while (to < length && timesMs[to]! > timesMs[to - 1]!) to++;
    runs.push({ from, to });
    if (runs.length > MAX_RUNS) return false;
    from = to;
  }
  runs.sort((a, b) => timesMs[a.from]! - timesMs[b.from]!);
  for (let r = 1; r < runs.length; r++) if (timesMs[runs[r]!.from]! <= timesMs[runs[r - 1]!.to - 1]!) return false;
  const move = (column: Float64Array | Uint8Array): void => {
    const copy = column.slice(0, length);
    let at = 0;
    for (const { from, to } of runs) {
      column.set(copy.subarray(from, to), at);
      at += to - from;
    }
  };
  move(timesMs);
  move(values);
  move(kinds);
  if (hasStart) move(startMs);
  return true;
}
