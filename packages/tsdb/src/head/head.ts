/**
 * The head: resident series and their samples that are not yet in a chunk.
 *
 * Batches go to blocks by source, single samples to slabs by series, late ones to side runs. What is full, old or at the end
 * of a window is closed and waits to be written as chunks; it stays readable until it was.
 */
import {
  type AppendOutcome,
  bug,
  type FloatHistogram,
  type Labels,
  AppendOutcome as Outcome,
  type SampleBatch,
  SampleColumns,
  SampleKind,
  type SeriesDefinition,
  type SourceId,
} from "@dmon/model";
import { pushSample } from "../codec/chunk.ts";
import { SeriesIndex } from "../index/series-index.ts";
import type { SymbolTable } from "../index/symbols.ts";
import type { TailSink } from "../log/tail-reader.ts";
import { KEY_INTERVAL, type LoggedRow, TailWriter } from "../log/tail-writer.ts";
import { intervalEnd, intervalStart, WINDOW_MS } from "../windows.ts";
import { GroupBlock, MAX_ROWS } from "./group-block.ts";
import { SeriesState } from "./series-state.ts";
import { SLAB, Slabs } from "./slabs.ts";

/** Single samples after which a series' slabs are closed. */
const MAX_OPEN_SAMPLES = 3 * SLAB;
/** Single samples this old are written whether their slabs are full or not, so that the tail log stays short. */
const MAX_OPEN_MS = 10 * 60_000;
/** The same for blocks of batches: at 15 s they are full after 25 minutes, and chunks of 40 samples cost twice the writing. */
const MAX_OPEN_BLOCK_MS = 30 * 60_000;
/** But they are open for so long at least. */
const MIN_OPEN_MS = 30_000;
/** A batch this near to the present is believed over older samples that claim a later time: the clock was set back. */
const PRESENT_MS = 10_000;
/** Samples may be this far ahead of the clock. */
const MAX_FUTURE_MS = 10 * 60_000;

export interface HeadLimits {
  readonly maxSeries: number;
  readonly maxSeriesPerJob: number;
}

/** Samples of one series that wait to be written. */
export interface ClosedRun {
  readonly id: number;
  readonly firstSequence: number;
  readonly firstMs: number;
  readonly count: number;
  /** In-order samples stay in their slabs, within one window. -1 for late ones. */
  readonly slab: number;
  /** Late samples, in the order in which they came. */
  readonly columns: SampleColumns | undefined;
}

interface SideRun {
  readonly id: number;
  readonly columns: SampleColumns;
  readonly firstSequence: number;
}

interface Group {
  /** Dense number of each slot, -1 where the series was refused. */
  slots: Int32Array<ArrayBuffer>;
  length: number;
  /** Column of each slot in the open block, -1 where none. */
  columns: Int32Array<ArrayBuffer>;
  block: GroupBlock | undefined;
}

export class Head {
  readonly index: SeriesIndex;
  readonly state = new SeriesState();
  readonly tail = new TailWriter();
  readonly limits: HeadLimits;
  /** Blocks and runs that wait to be written as chunks, oldest first. */
  closedBlocks: GroupBlock[] = [];
  closedRuns: ClosedRun[] = [];
  /** Samples of series that were refused by a limit. */
  refusedSeries = 0;
  outcomes = new Float64Array(6);
  /** Sequence that the next tail record will have. */
  nextSequence = 1;
  oldestAllowedMs = Number.NEGATIVE_INFINITY;
  outOfOrderWindowMs: number;
  /** Appends what the files have of a series at one instant: what comes late may be there already. */
  stored: (id: number, atMs: number, out: SampleColumns) => void = () => {};
  /** No file of a day has samples after this, ms: a newer one in order cannot be there already. */
  filesUntilMs = Number.NEGATIVE_INFINITY;
  #nowMs = 0;
  #nextId = 1;
  #newSeries: { id: number; labels: Labels }[] = [];
  #groups = new Map<SourceId, Group>();
  /** The open block in which a series has its column: block's group and column, by dense number. */
  #groupOf: (Group | undefined)[] = [];
  #columnOf: number[] = [];
  /** Series that more than one source names. */
  #shared = new Set<number>();
  #slabs = new Slabs();
  #side = new Map<number, SideRun>();
  #closedById = new Map<number, ClosedRun[]>();
  #jobCounts = new Map<string, number>();
  #nextBlock = 1;
  #replaying: Map<number, GroupBlock> | undefined;
  /** What {@link openWindows} found; undefined once a window may have been begun or emptied since. */
  #windows: ReadonlySet<number> | undefined;
  #row = new Float64Array(64);
  #rowKinds = new Uint8Array(64);
  #rowStarts = new Float64Array(64);
  /** What a late sample is compared with; used anew by each. */
  readonly #found = new SampleColumns(16);

  constructor(symbols: SymbolTable, limits: HeadLimits, outOfOrderWindowMs: number) {
    this.index = new SeriesIndex(symbols);
    this.limits = limits;
    this.outOfOrderWindowMs = outOfOrderWindowMs;
  }

  /** The present, told before appends; a batch near to it is believed (see {@link PRESENT_MS}). */
  setNow(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  get nextId(): number {
    return this.#nextId;
  }

  /** Ids below are taken. */
  reserveIds(next: number): void {
    this.#nextId = Math.max(this.#nextId, next);
  }

  /** Series made since the last call, to be written with the commit. */
  takeNewSeries(): { id: number; labels: Labels }[] {
    const made = this.#newSeries;
    this.#newSeries = [];
    return made;
  }

  /** A series that was read from disk. */
  restoreSeries(id: number, labels: Labels): void {
    if (this.index.dense(id) >= 0) return;
    this.#begin(id, labels);
    this.reserveIds(id + 1);
  }

  define({ source, fromSlot, series }: SeriesDefinition): void {
    let group = this.#groups.get(source);
    if (group === undefined) {
      group = { slots: new Int32Array(64).fill(-1), columns: new Int32Array(64).fill(-1), length: 0, block: undefined };
      this.#groups.set(source, group);
    }
    const end = fromSlot + series.length;
    if (end > group.slots.length) {
      group.slots = grown(group.slots, end * 2);
      group.columns = grown(group.columns, end * 2);
    }
    group.length = Math.max(group.length, end);
    for (let i = 0; i < series.length; i++) this.#defineSlot(group, fromSlot + i, series[i]!);
  }

  #defineSlot(group: Group, slot: number, labels: Labels): void {
    const dense: number = this.#resolveDense(labels);
    const before = group.slots[slot]!;
    if (before === dense && dense >= 0) return;
    if (before >= 0) this.#unpin(before);
    group.slots[slot] = dense;
    group.columns[slot] = -1;
    if (dense < 0) return;
    if (this.state.pins[dense]! > 0) this.#shared.add(dense);
    this.state.pins[dense]!++;
    this.#groupOf[dense] = group;
    this.#columnOf[dense] = -1;
  }

  undefine(source: SourceId): void {
    const group = this.#groups.get(source);
    if (group === undefined) return;
    this.#closeBlock(group);
    for (let slot = 0; slot < group.length; slot++) {
      const dense: number = group.slots[slot]!;
      if (dense < 0) continue;
      this.#unpin(dense);
      if (this.#groupOf[dense] === group) this.#groupOf[dense] = undefined;
    }
    this.#groups.delete(source);
  }

  #unpin(dense: number): void {
    if (this.state.pins[dense]! > 0) this.state.pins[dense]!--;
    if (this.state.pins[dense]! < 2 && this.#shared.size > 0 && this.state.pins[dense] === 0)
      this.#shared.delete(dense);
  }

  resolve(labels: Labels): number | undefined {
    const dense = this.#resolveDense(labels);
    return dense < 0 ? undefined : this.index.idAt(dense);
  }

  /** Series of a slot, -1 where it was refused. */
  slotId(source: SourceId, slot: number): number {
    const dense = this.#groups.get(source)?.slots[slot] ?? -1;
    return dense < 0 ? -1 : this.index.idAt(dense);
  }

  /** -1 where a limit forbids the series. */
  #resolveDense(labels: Labels): number {
    const known = this.index.find(labels);
    if (known >= 0) return this.index.dense(known);
    const jobCount = this.#jobCounts.get(labels.get("job")) ?? 0;
    if (this.index.size >= this.limits.maxSeries || jobCount >= this.limits.maxSeriesPerJob) {
      this.refusedSeries++;
      return -1;
    }
    const id = this.#nextId++;
    this.#newSeries.push({ id, labels });
    return this.#begin(id, labels);
  }

  #begin(id: number, labels: Labels): number {
    const dense: number = this.index.add(id, labels);
    this.state.begin(dense);
    this.#groupOf[dense] = undefined;
    this.#columnOf[dense] = -1;
    const job = labels.get("job");
    this.#jobCounts.set(job, (this.#jobCounts.get(job) ?? 0) + 1);
    return dense;
  }

  appendBatch(batch: SampleBatch): void {
    // A collection that is ended before it began has nothing to say, and no series.
    if (batch.length === 0) return;
    const group = this.#groups.get(batch.source) ?? bug(`batch of source ${batch.source}, which defined no series`);
    const { atMs, length } = batch;
    if (length > group.length) bug(`batch of ${length} slots, ${group.length} are defined`);
    if (!this.#isAllowed(atMs)) {
      for (let slot = 0; slot < length; slot++) if (batch.kinds[slot] !== 0) this.outcomes[Outcome.OUT_OF_BOUNDS]!++;
      return;
    }
    const block = this.#blockFor(group, atMs);
    this.#makeRow(group, block, batch);
  }

  /** The open block, a new one where the row would not fit into it. */
  #blockFor(group: Group, atMs: number): GroupBlock {
    const { block } = group;
    if (block !== undefined && block.rows.length > 0) {
      const fits =
        block.rows.length < MAX_ROWS &&
        atMs > block.lastMs &&
        atMs - block.firstMs <= MAX_OPEN_BLOCK_MS &&
        atMs <= intervalEnd(block.firstMs, WINDOW_MS);
      if (fits) return block;
      this.#closeBlock(group);
    }
    group.block ??= new GroupBlock(this.#nextBlock++, this.nextSequence, this.#nowMs);
    return group.block;
  }

  #closeBlock(group: Group): void {
    if (group.block !== undefined && group.block.rows.length > 0) this.closedBlocks.push(group.block);
    group.block = undefined;
    group.columns.fill(-1);
  }

  #makeRow(group: Group, block: GroupBlock, batch: SampleBatch): void {
    const { atMs, kinds, values, length, startMs, histograms, sampleTimesMs } = batch;
    const { state, outcomes } = this;
    const { slots, columns } = group;
    const previous = block.rows.at(-1);
    const widthBefore = block.ids.length;
    if (this.#row.length < widthBefore + length) this.#growRow((widthBefore + length) * 2);
    const row = this.#row;
    const rowKinds = this.#rowKinds;
    if (previous !== undefined) row.set(previous.values);
    row.fill(0, previous?.width ?? 0, widthBefore + length);
    rowKinds.fill(SampleKind.ABSENT, 0, widthBefore + length);
    let rowHistograms: Map<number, FloatHistogram> | undefined;
    let hasStart = false;
    let accepted = 0;
    let allFloats = true;
    for (let slot = 0; slot < length; slot++) {
      const kind = kinds[slot]! as SampleKind;
      if (kind === SampleKind.ABSENT) continue;
      const dense = slots[slot]!;
      if (dense < 0) {
        outcomes[Outcome.LIMIT]!++;
        continue;
      }
      const value = kind === SampleKind.FLOAT ? values[slot]! : Number.NaN;
      const ownMs = sampleTimesMs?.get(slot);
      if (ownMs !== undefined) {
        const id = this.index.idAt(dense);
        outcomes[this.append(id, kind, ownMs, value, startMs?.[slot] ?? Number.NaN, histograms?.get(slot))]!++;
        continue;
      }
      if (atMs <= state.lastMs[dense]! && !this.#believed(dense, atMs)) {
        this.#lateSlot(dense, kind, atMs, value, startMs?.[slot] ?? Number.NaN, histograms?.get(slot));
        continue;
      }
      let column = columns[slot]!;
      if (column < 0) {
        column = block.addColumn(this.index.idAt(dense), dense);
        columns[slot] = column;
        this.#columnOf[dense] = column;
        this.#groupOf[dense] = group;
      }
      accepted++;
      rowKinds[column] = kind;
      if (kind === SampleKind.FLOAT) row[column] = value;
      else {
        allFloats = false;
        if (kind === SampleKind.HISTOGRAM) {
          rowHistograms ??= new Map();
          rowHistograms.set(column, histograms!.get(slot)!);
        }
      }
      if (startMs !== undefined) {
        const start = startMs[slot]!;
        if (!hasStart && !Number.isNaN(start)) {
          hasStart = true;
          this.#rowStarts.fill(Number.NaN);
        }
        if (hasStart) this.#rowStarts[column] = start;
      }
      state.accepted(dense, atMs, kind, value);
    }
    outcomes[Outcome.OK]! += accepted;
    if (accepted === 0) return;
    const width = block.ids.length;
    const logged: LoggedRow = {
      blockNumber: block.number,
      atMs,
      width,
      values: row.slice(0, width),
      kinds: allFloats && accepted === width ? undefined : rowKinds.slice(0, width),
      starts: hasStart ? this.#rowStarts.slice(0, width) : undefined,
      histograms: rowHistograms,
    };
    this.#log(block, logged, previous, widthBefore);
    block.rows.push(logged);
    if (previous === undefined) this.#windows = undefined;
  }

  /** A row that stands alone begins each block, follows new columns, and comes every so often. */
  #log(block: GroupBlock, row: LoggedRow, previous: LoggedRow | undefined, widthBefore: number): void {
    const isKey = previous === undefined || row.width !== widthBefore || block.rows.length % KEY_INTERVAL === 0;
    if (isKey && row.kinds !== undefined) {
      // The reader knows no value from before a key row.
      for (let i = 0; i < row.width; i++) if (row.kinds[i] !== SampleKind.FLOAT) row.values[i] = 0;
    }
    this.tail.row(row, block.ids, isKey ? undefined : previous, block.scales);
  }

  #growRow(size: number): void {
    this.#row = new Float64Array(size);
    this.#rowKinds = new Uint8Array(size);
    this.#rowStarts = new Float64Array(size);
  }

  /** Not far ahead of the clock, and not older than anything is kept, unless the clock itself says so. */
  #isAllowed(atMs: number): boolean {
    if (atMs > this.#nowMs + MAX_FUTURE_MS) return false;
    return atMs >= this.oldestAllowedMs || atMs >= this.#nowMs - PRESENT_MS;
  }

  /** True for a sample of the present whose series claims to have been further already. */
  #believed(dense: number, atMs: number): boolean {
    const last = this.state.lastMs[dense]!;
    if (atMs >= last) return atMs > last;
    return Math.abs(atMs - this.#nowMs) <= PRESENT_MS;
  }

  #lateSlot(
    dense: number,
    kind: SampleKind,
    atMs: number,
    value: number,
    startMs: number,
    histogram: FloatHistogram | undefined,
  ): void {
    this.outcomes[this.#late(dense, kind, atMs, value, startMs, histogram)]!++;
  }

  /** @returns what became of it; not counted */
  append(
    id: number,
    kind: SampleKind,
    atMs: number,
    value: number,
    startMs: number,
    histogram: FloatHistogram | undefined,
  ): AppendOutcome {
    const dense = this.index.dense(id);
    if (dense < 0) return Outcome.OUT_OF_BOUNDS;
    if (!this.#isAllowed(atMs)) return Outcome.OUT_OF_BOUNDS;
    const last = this.state.lastMs[dense]!;
    if (atMs <= last) {
      // The newest sample lies ahead of the present: a clock was wrong, and must not block the series until then.
      const ahead = last > this.#nowMs + PRESENT_MS && atMs <= this.#nowMs + PRESENT_MS;
      if (!(ahead && atMs < last)) return this.#late(dense, kind, atMs, value, startMs, histogram);
      const known = this.#judge(dense, kind, atMs, value, histogram);
      if (known !== undefined) return known;
      this.#closeSlabs(dense);
    } else if (atMs <= this.filesUntilMs) {
      // A series that left the head when it had been written may be sent again.
      const known = this.#judge(dense, kind, atMs, value, histogram);
      if (known !== undefined) return known;
    }
    this.#appendOpen(id, dense, kind, atMs, value, startMs, histogram);
    return Outcome.OK;
  }

  #appendOpen(
    id: number,
    dense: number,
    kind: SampleKind,
    atMs: number,
    value: number,
    startMs: number,
    histogram: FloatHistogram | undefined,
  ): void {
    const { state } = this;
    let count = state.openCount[dense]!;
    if (count > 0) {
      const isFull = count >= MAX_OPEN_SAMPLES || atMs > intervalEnd(state.openFirstMs[dense]!, WINDOW_MS);
      // The newest sample may be of a batch since then, and older: a chain is in order, which its readers rely on.
      if (isFull || atMs <= this.#slabs.timeAt(state.slab[dense]!, (count - 1) % SLAB)) {
        this.#closeSlabs(dense);
        count = 0;
      }
    }
    if (count === 0) {
      this.#windows = undefined;
      state.openFirstMs[dense] = atMs;
      state.openSequence[dense] = this.nextSequence;
      state.openedAtS[dense] = this.#nowMs / 1000;
    }
    const within = count % SLAB;
    if (within === 0) state.slab[dense] = this.#slabs.take(count === 0 ? -1 : state.slab[dense]!);
    this.#slabs.put(state.slab[dense]!, within, kind, atMs, value, startMs, histogram);
    state.openCount[dense] = count + 1;
    // What does not count from the value before: the first sample, every so often, and after what was no float.
    const key = count % KEY_INTERVAL === 0 || state.lastKind[dense] !== SampleKind.FLOAT;
    if (this.#replaying === undefined) {
      const previous = state.lastValue[dense]!;
      const scale = state.scale[dense]!;
      state.scale[dense] = this.tail.sample(id, kind, atMs, value, startMs, histogram, previous, scale, key, false);
    }
    state.accepted(dense, atMs, kind, value);
  }

  /** A sample not newer than the series' newest. */
  #late(
    dense: number,
    kind: SampleKind,
    atMs: number,
    value: number,
    startMs: number,
    histogram: FloatHistogram | undefined,
  ): AppendOutcome {
    const { state } = this;
    const last = state.lastMs[dense]!;
    if (atMs === last && kind !== SampleKind.HISTOGRAM && state.lastKind[dense] !== SampleKind.ABSENT) {
      const isSame =
        kind === state.lastKind[dense] && (kind !== SampleKind.FLOAT || Object.is(value, state.lastValue[dense]));
      return isSame ? Outcome.DUPLICATE : Outcome.CONFLICT;
    }
    if (atMs < last - this.outOfOrderWindowMs) return Outcome.OUT_OF_ORDER;
    const known = this.#judge(dense, kind, atMs, value, histogram);
    if (known !== undefined) return known;
    // Its newest sample cannot be read any more: what comes for that instant is no worse.
    const id = this.index.idAt(dense);
    this.#addSide(id, kind, atMs, value, startMs, histogram);
    if (this.#replaying === undefined) {
      this.tail.sample(id, kind, atMs, value, startMs, histogram, 0, 0, true, true);
    }
    return Outcome.OK;
  }

  /** What a sample is beside the one that the series has at its instant; undefined where it has none. */
  #judge(
    dense: number,
    kind: SampleKind,
    atMs: number,
    value: number,
    histogram: FloatHistogram | undefined,
  ): AppendOutcome | undefined {
    const found = this.#sampleAt(dense, atMs);
    if (found === undefined) return undefined;
    const isSame =
      kind === found.kinds[0] &&
      (kind !== SampleKind.FLOAT || Object.is(value, found.values[0])) &&
      (kind !== SampleKind.HISTOGRAM || JSON.stringify(found.histograms[0]) === JSON.stringify(histogram));
    return isSame ? Outcome.DUPLICATE : Outcome.CONFLICT;
  }

  /** Here or in the files. */
  #sampleAt(dense: number, atMs: number): SampleColumns | undefined {
    const found = this.#found;
    found.clear();
    this.read(dense, atMs, atMs, found);
    if (found.length === 0) this.stored(this.index.idAt(dense), atMs, found);
    return found.length === 0 ? undefined : found;
  }

  #addSide(
    id: number,
    kind: SampleKind,
    atMs: number,
    value: number,
    startMs: number,
    histogram: FloatHistogram | undefined,
  ): void {
    let run = this.#side.get(id);
    if (run === undefined) {
      run = { id, columns: new SampleColumns(16), firstSequence: this.nextSequence };
      this.#side.set(id, run);
    }
    pushSample(run.columns, atMs, kind, value, startMs, histogram);
    this.#windows = undefined;
    const dense = this.index.dense(id);
    if (atMs < this.state.firstMs[dense]!) this.state.firstMs[dense] = atMs;
    if (run.columns.length >= 120) this.#closeSide(run);
  }

  /** Dense numbers of the series with open slabs. A scan, because it is asked for rarely and a list costs memory. */
  *#withOpen(): Generator<number> {
    const { openCount } = this.state;
    const { capacity } = this.index;
    for (let dense = 0; dense < capacity; dense++) if (openCount[dense]! > 0) yield dense;
  }

  #closeSide({ id, columns, firstSequence }: SideRun): void {
    this.#side.delete(id);
    this.#closed({ id, columns, firstSequence, firstMs: columns.timesMs[0]!, count: columns.length, slab: -1 });
  }

  #closed(run: ClosedRun): void {
    this.closedRuns.push(run);
    const runs = this.#closedById.get(run.id);
    if (runs === undefined) this.#closedById.set(run.id, [run]);
    else runs.push(run);
  }

  #closeSlabs(dense: number): void {
    const { state } = this;
    const count = state.openCount[dense]!;
    if (count === 0) return;
    this.#closed({
      id: this.index.idAt(dense),
      firstSequence: state.openSequence[dense]!,
      firstMs: state.openFirstMs[dense]!,
      count,
      slab: state.slab[dense]!,
      columns: undefined,
    });
    state.slab[dense] = -1;
    state.openCount[dense] = 0;
  }

  /**
   * Closes what is old: single samples after ten minutes, blocks after thirty or when their window has passed.
   *
   * @param all closes everything
   */
  closeOld(nowMs: number, all = false): void {
    // Samples that come late are old at once: they get half a minute, so that a lagging sender does not make chunks of one.
    const old = (firstMs: number, openedAtMs: number, maxMs = MAX_OPEN_MS): boolean => {
      const outdated = firstMs < nowMs - maxMs || firstMs > nowMs + MAX_FUTURE_MS;
      return all || (outdated && Math.abs(nowMs - openedAtMs) >= MIN_OPEN_MS);
    };
    for (const group of this.#groups.values()) {
      const { block } = group;
      if (block === undefined || block.rows.length === 0) continue;
      const hasPassed = intervalEnd(block.firstMs, WINDOW_MS) < nowMs - MIN_OPEN_MS;
      const maxMs = hasPassed ? MIN_OPEN_MS : MAX_OPEN_BLOCK_MS;
      if (old(block.firstMs, block.openedAtMs, maxMs)) this.#closeBlock(group);
    }
    const { openFirstMs, openedAtS } = this.state;
    for (const dense of this.#withOpen()) {
      if (old(openFirstMs[dense]!, openedAtS[dense]! * 1000)) this.#closeSlabs(dense);
    }
    for (const run of [...this.#side.values()]) {
      if (
        all ||
        run.firstSequence + 300 < this.nextSequence ||
        old(run.columns.timesMs[0]!, Number.NEGATIVE_INFINITY)
      ) {
        this.#closeSide(run);
      }
    }
  }

  /** Forgets a closed block or run after its chunks were written. */
  written(blocks: ReadonlySet<GroupBlock>, runs: ReadonlySet<ClosedRun>): void {
    this.#windows = undefined;
    if (blocks.size > 0) this.closedBlocks = this.closedBlocks.filter((block) => !blocks.has(block));
    if (runs.size === 0) return;
    this.closedRuns = this.closedRuns.filter((run) => !runs.has(run));
    for (const { id, slab } of runs) {
      if (slab >= 0) this.#slabs.release(slab);
      const rest = this.#closedById.get(id)?.filter((run) => !runs.has(run));
      if (rest === undefined || rest.length === 0) this.#closedById.delete(id);
      else this.#closedById.set(id, rest);
    }
  }

  /** Tail records before this sequence hold nothing that is still open here. */
  firstNeededSequence(): number {
    let first = this.nextSequence;
    const see = (sequence: number): void => {
      if (sequence < first) first = sequence;
    };
    for (const group of this.#groups.values()) if (group.block?.rows.length) see(group.block.firstSequence);
    for (const block of this.closedBlocks) see(block.firstSequence);
    for (const run of this.closedRuns) see(run.firstSequence);
    for (const dense of this.#withOpen()) see(this.state.openSequence[dense]!);
    for (const run of this.#side.values()) see(run.firstSequence);
    return first;
  }

  /** True where open or closed samples lie within `(startMs, endMs]`, late ones apart. */
  hasOpenWithin(startMs: number, endMs: number): boolean {
    const within = (atMs: number): boolean => atMs > startMs && atMs <= endMs;
    for (const group of this.#groups.values()) {
      if (group.block !== undefined && group.block.rows.length > 0 && within(group.block.firstMs)) return true;
    }
    if (this.closedBlocks.some((block) => within(block.firstMs))) return true;
    if (this.closedRuns.some((run) => within(run.firstMs))) return true;
    for (const dense of this.#withOpen()) if (within(this.state.openFirstMs[dense]!)) return true;
    return false;
  }

  /** Starts of the windows of all samples held here. Worked out anew once samples came or went: each selection asks. */
  openWindows(): ReadonlySet<number> {
    this.#windows ??= this.#findWindows();
    return this.#windows;
  }

  #findWindows(): ReadonlySet<number> {
    const windows = new Set<number>();
    const note = (atMs: number): unknown => windows.add(intervalStart(atMs, WINDOW_MS));
    for (const { block } of this.#groups.values())
      if (block !== undefined && block.rows.length > 0) note(block.firstMs);
    for (const block of this.closedBlocks) note(block.firstMs);
    for (const { firstMs, columns } of this.closedRuns) {
      if (columns === undefined) note(firstMs);
      else for (let i = 0; i < columns.length; i++) note(columns.timesMs[i]!);
    }
    for (const { columns } of this.#side.values()) {
      for (let i = 0; i < columns.length; i++) note(columns.timesMs[i]!);
    }
    for (const dense of this.#withOpen()) note(this.state.openFirstMs[dense]!);
    return windows;
  }

  /** After a window was merged: what series still have unmerged begins after it. */
  merged(ids: readonly number[], endMs: number, oldestPendingMs: number): void {
    const { state } = this;
    for (const id of ids) {
      const dense = this.index.dense(id);
      if (dense < 0 || state.firstMs[dense]! > endMs || oldestPendingMs < endMs) continue;
      state.firstMs[dense] = state.lastMs[dense]! > endMs ? endMs + 1 : Number.POSITIVE_INFINITY;
    }
  }

  /** Gives up the oldest closed samples until those left take at most `maxBytes`. @returns samples given up */
  dropOldest(maxBytes: number): number {
    let bytes = 0;
    for (const block of this.closedBlocks) bytes += block.sizeBytes;
    for (const run of this.closedRuns) bytes += run.count * 17;
    let dropped = 0;
    while (bytes > maxBytes && this.closedBlocks.length > 0) {
      const block = this.closedBlocks.shift()!;
      bytes -= block.sizeBytes;
      for (const row of block.rows) dropped += row.width;
    }
    const runs = new Set<ClosedRun>();
    for (const run of this.closedRuns) {
      if (bytes <= maxBytes) break;
      bytes -= run.count * 17;
      dropped += run.count;
      runs.add(run);
    }
    this.written(new Set(), runs);
    return dropped;
  }

  /** Appends the samples of a series within `[minMs, maxMs]`; several runs may follow each other out of order. */
  read(dense: number, minMs: number, maxMs: number, out: SampleColumns): void {
    if (this.closedBlocks.length > 0) {
      const hint = this.#columnOf[dense] ?? -1;
      for (const block of this.closedBlocks) {
        const column = block.columnOf(dense, hint);
        if (column >= 0) block.read(column, minMs, maxMs, out);
      }
    }
    if (this.#closedById.size > 0 || this.#side.size > 0) this.#readRuns(this.index.idAt(dense), minMs, maxMs, out);
    const count = this.state.openCount[dense]!;
    if (count > 0) this.#slabs.read(this.state.slab[dense]!, count, minMs, maxMs, out);
    if (this.#shared.size > 0 && this.#shared.has(dense)) {
      for (const { block } of this.#groups.values()) {
        const column = block?.columnOf(dense, this.#columnOf[dense] ?? -1) ?? -1;
        if (column >= 0) block!.read(column, minMs, maxMs, out);
      }
      return;
    }
    const block = this.#groupOf[dense]?.block;
    if (block === undefined) return;
    const column = this.#columnOf[dense]!;
    if (block.dense[column] === dense) block.read(column, minMs, maxMs, out);
  }

  #readRuns(id: number, minMs: number, maxMs: number, out: SampleColumns): void {
    const closed = this.#closedById.get(id);
    if (closed !== undefined) for (const run of closed) this.readRun(run, minMs, maxMs, out);
    const side = this.#side.get(id);
    if (side !== undefined) copyRange(side.columns, minMs, maxMs, out);
  }

  /** Appends the samples of a closed run within `[minMs, maxMs]`. */
  readRun({ slab, count, columns }: ClosedRun, minMs: number, maxMs: number, out: SampleColumns): void {
    if (columns === undefined) this.#slabs.read(slab, count, minMs, maxMs, out);
    else copyRange(columns, minMs, maxMs, out);
  }

  /**
   * After samples of a series were deleted, none of which are here: what it knows of its own is what is left.
   *
   * @param newestMs newest sample left in the recent packs, -Infinity where none
   * @returns true where nothing is left and no source names it
   */
  lost(id: number, newestMs: number, minMs: number, maxMs: number): boolean {
    const { state } = this;
    const dense = this.index.dense(id);
    // What came meanwhile says enough.
    if (dense < 0 || this.#hasSamples(dense)) return false;
    if (newestMs === Number.NEGATIVE_INFINITY) state.firstMs[dense] = Number.POSITIVE_INFINITY;
    // Samples may be sent again: none is older than one that is no more.
    const last = state.lastMs[dense]!;
    if (last >= minMs && last <= maxMs) {
      state.lastMs[dense] = newestMs;
      state.lastKind[dense] = SampleKind.ABSENT;
    }
    return newestMs === Number.NEGATIVE_INFINITY && this.isIdle(dense);
  }

  #hasSamples(dense: number): boolean {
    const found = this.#found;
    found.clear();
    this.read(dense, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, found);
    return found.length > 0;
  }

  /** Takes resident series out that have nothing left here, and answers their ids. The caller knows which are on disk. */
  evict(ids: ReadonlySet<number>): void {
    for (const id of ids) {
      const dense = this.index.dense(id);
      if (dense < 0) continue;
      const job = this.index.labels(id)!.get("job");
      const count = this.#jobCounts.get(job)! - 1;
      if (count > 0) this.#jobCounts.set(job, count);
      else this.#jobCounts.delete(job);
      this.#groupOf[dense] = undefined;
    }
    this.index.remove(ids);
  }

  /** True for a series with no sample here and no source that names it. */
  isIdle(dense: number): boolean {
    return (
      this.state.pins[dense] === 0 &&
      this.state.openCount[dense] === 0 &&
      !this.#closedById.has(this.index.idAt(dense)) &&
      !this.#side.has(this.index.idAt(dense))
    );
  }

  seriesOfJob(job: string): number {
    return this.#jobCounts.get(job) ?? 0;
  }

  get openBytes(): number {
    let size = this.#slabs.sizeBytes;
    for (const { block } of this.#groups.values()) size += block?.sizeBytes ?? 0;
    for (const block of this.closedBlocks) size += block.sizeBytes;
    for (const run of this.closedRuns) size += run.columns === undefined ? 0 : run.count * 17;
    return size;
  }

  /** A sink for the tail log. Samples for which `isWritten` holds are in chunks already: in recent packs, or merged while the log was not cut yet. */
  replay(isWritten: (id: number, atMs: number) => boolean): TailSink & { finish(): void } {
    const blocks = new Map<number, GroupBlock>();
    this.#replaying = blocks;
    return {
      row: (row, ids) => this.#replayRow(row, ids, blocks, isWritten),
      sample: (id, kind, atMs, value, startMs, histogram, side) => {
        const dense = this.index.dense(id);
        if (dense < 0) return;
        if (isWritten(id, atMs)) return;
        if (side) {
          this.#addSide(id, kind, atMs, value, startMs, histogram);
          return;
        }
        if (atMs <= this.state.lastMs[dense]!) this.#closeSlabs(dense);
        this.#appendOpen(id, dense, kind, atMs, value, startMs, histogram);
      },
      finish: () => {
        this.#windows = undefined;
        this.closedBlocks.push(...blocks.values());
        for (const dense of this.#withOpen()) this.#closeSlabs(dense);
        for (const run of [...this.#side.values()]) this.#closeSide(run);
        this.#replaying = undefined;
      },
    };
  }

  #replayRow(
    row: LoggedRow,
    ids: Float64Array,
    blocks: Map<number, GroupBlock>,
    isWritten: (id: number, atMs: number) => boolean,
  ): void {
    this.#nextBlock = Math.max(this.#nextBlock, row.blockNumber + 1);
    let block = blocks.get(row.blockNumber);
    const fits = block !== undefined && block.ids.length <= row.width && row.atMs > block.lastMs;
    if (block === undefined || !fits) {
      // A block number may come again after a restart: what was read under it before is a block of its own.
      if (block !== undefined) this.closedBlocks.push(block);
      this.#windows = undefined;
      block = new GroupBlock(row.blockNumber, this.nextSequence, this.#nowMs);
      blocks.set(row.blockNumber, block);
    }
    for (let i = block.ids.length; i < row.width; i++) block.addColumn(ids[i]!, this.index.dense(ids[i]!));
    const kinds = row.kinds?.slice() ?? new Uint8Array(row.width).fill(SampleKind.FLOAT);
    let kept = 0;
    for (let i = 0; i < row.width; i++) {
      const dense = block.dense[i]!;
      if (dense < 0 || isWritten(ids[i]!, row.atMs)) kinds[i] = SampleKind.ABSENT;
      else if (kinds[i] !== SampleKind.ABSENT) {
        kept++;
        const value = kinds[i] === SampleKind.FLOAT ? row.values[i]! : Number.NaN;
        this.state.accepted(dense, row.atMs, kinds[i]! as SampleKind, value);
      }
    }
    if (kept > 0) block.rows.push({ ...row, kinds: kept === row.width && row.kinds === undefined ? undefined : kinds });
    if (block.rows.length === 0) blocks.delete(row.blockNumber);
  }
}

function grown(from: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(size).fill(-1);
  to.set(from);
  return to;
}

/** Appends the samples of `from` within `[minMs, maxMs]`; `from` need not be in order. */
function copyRange(from: SampleColumns, minMs: number, maxMs: number, out: SampleColumns): void {
  for (let i = 0; i < from.length; i++) {
    const atMs = from.timesMs[i]!;
    if (atMs < minMs || atMs > maxMs) continue;
    const startMs = from.hasStart ? from.startMs[i]! : Number.NaN;
    pushSample(
      out,
      atMs,
      from.kinds[i]!,
      from.values[i]!,
      startMs,
      from.hasHistograms ? from.histograms[i] : undefined,
    );
  }
}
