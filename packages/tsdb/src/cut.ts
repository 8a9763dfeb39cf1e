/**
 * Writes what the head has closed as packs of `recent.db`: many series over a short while each.
 *
 * A pack lies within one window, so that merging a window takes whole packs. One transaction a round; the head forgets its
 * samples only after it, so that a failure costs nothing but another try.
 */
import { SampleColumns, type Slices } from "@dmon/model";
import { pushSample } from "./codec/chunk.ts";
import { lowerBound } from "./codec/grid.ts";
import { type BuiltPack, PACK_TARGET_BYTES, PackBuilder } from "./codec/pack.ts";
import type { PackFile } from "./files/pack-file.ts";
import type { GroupBlock } from "./head/group-block.ts";
import type { ClosedRun, Head } from "./head/head.ts";
import { normalize } from "./read/normalize.ts";
import { intervalEnd, intervalStart, WINDOW_MS } from "./windows.ts";

/** Series encoded between two yields: about a millisecond. */
const SERIES_A_SLICE = 200;
/** Rounds take at most so many blocks and runs, so that what waits in memory for the transaction stays small. */
export const MAX_BLOCKS = 64;
export const MAX_RUNS = 20_000;

type Output = { windowMs: number; pack: BuiltPack }[];

/** Of what the head has closed the oldest, or what is given. @returns samples written @throws as SQLite throws; the head is unchanged then */
export function* cutChunks(
  head: Head,
  recent: PackFile,
  blocks: readonly GroupBlock[] = head.closedBlocks.slice(0, MAX_BLOCKS),
  runs: readonly ClosedRun[] = head.closedRuns.slice(0, MAX_RUNS),
): Slices<number> {
  if (blocks.length === 0 && runs.length === 0) return 0;
  const output: Output = [];
  for (const block of blocks) yield* encodeBlock(block, output);
  if (runs.length > 0) yield* encodeRuns(head, runs, output);
  recent.change({ insert: output, remove: [], series: [] });
  head.written(new Set(blocks), new Set(runs));
  return output.reduce((sum, { pack }) => sum + pack.sampleCount, 0);
}

function* encodeBlock(block: GroupBlock, output: Output): Slices<void> {
  const columns = new SampleColumns();
  const order = block.ids.map((_, i) => i).filter((i) => block.dense[i]! >= 0);
  order.sort((a, b) => block.ids[a]! - block.ids[b]!);
  const builder = new PackBuilder();
  const windowMs = intervalStart(block.firstMs, WINDOW_MS);
  let sliced = 0;
  for (const column of order) {
    columns.clear();
    block.read(column, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, columns);
    if (columns.length > 0) builder.addRaw(block.ids[column]!, columns);
    if (builder.size >= PACK_TARGET_BYTES) output.push({ windowMs, pack: builder.finish()! });
    if (++sliced % SERIES_A_SLICE === 0) yield;
  }
  const rest = builder.finish();
  if (rest !== undefined) output.push({ windowMs, pack: rest });
  yield;
}

function* encodeRuns(head: Head, runs: readonly ClosedRun[], output: Output): Slices<void> {
  const sorted = [...runs].sort((a, b) => a.id - b.id);
  const builders = new Map<number, PackBuilder>();
  const columns = new SampleColumns();
  let sliced = 0;
  for (let at = 0; at < sorted.length; ) {
    const { id } = sorted[at]!;
    columns.clear();
    for (; at < sorted.length && sorted[at]!.id === id; at++) {
      head.readRun(sorted[at]!, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, columns);
    }
    normalize(columns);
    addByWindow(id, columns, builders, output);
    if (++sliced % SERIES_A_SLICE === 0) yield;
  }
  for (const [windowMs, builder] of builders) {
    const pack = builder.finish();
    if (pack !== undefined) output.push({ windowMs, pack });
  }
}

function addByWindow(id: number, columns: SampleColumns, builders: Map<number, PackBuilder>, output: Output): void {
  for (let from = 0; from < columns.length; ) {
    const windowMs = intervalStart(columns.timesMs[from]!, WINDOW_MS);
    const endMs = intervalEnd(columns.timesMs[from]!, WINDOW_MS);
    let to = lowerBound(columns.timesMs, columns.length, endMs);
    if (to < columns.length && columns.timesMs[to] === endMs) to++;
    let builder = builders.get(windowMs);
    if (builder === undefined) {
      builder = new PackBuilder();
      builders.set(windowMs, builder);
    }
    builder.addRaw(id, part(columns, from, to));
    if (builder.size >= PACK_TARGET_BYTES) output.push({ windowMs, pack: builder.finish()! });
    from = to;
  }
}

/** Samples `[from, to)` as columns of their own. */
function part(columns: SampleColumns, from: number, to: number): SampleColumns {
  if (from === 0 && to === columns.length) return columns;
  const out = new SampleColumns(to - from);
  for (let i = from; i < to; i++) {
    const startMs = columns.hasStart ? columns.startMs[i]! : Number.NaN;
    pushSample(out, columns.timesMs[i]!, columns.kinds[i]!, columns.values[i]!, startMs, columns.histograms[i]);
  }
  return out;
}
