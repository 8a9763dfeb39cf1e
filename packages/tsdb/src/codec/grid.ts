/**
 * Timestamps shared by the chunks of a pack. A collection stamps all its series alike, so a pack keeps each distinct column
 * of times ("grid") once and its chunks say which part of it they have.
 */
import { ByteReader, ByteWriter, CorruptBytes } from "./bytes.ts";
import { decodeColumn, encodeColumn } from "./column.ts";

const WHOLE = 0;
const RANGE = 1;
const SUBSET = 2;

/** How far back a builder looks for a grid that a series' times lie on. */
const CANDIDATES = 4;

export class GridBuilder {
  #grids: Float64Array[] = [];

  get count(): number {
    return this.#grids.length;
  }

  /** Writes where on a grid `times[0 … length)` (ascending, ≥ 1) lie; adds a grid where none has them. */
  place(out: ByteWriter, times: Float64Array, length: number): void {
    const oldest = Math.max(0, this.#grids.length - CANDIDATES);
    for (let g = this.#grids.length - 1; g >= oldest; g--) if (tryPlace(out, times, length, this.#grids[g]!, g)) return;
    this.#grids.push(times.slice(0, length));
    out.varint(this.#grids.length - 1);
    out.u8(WHOLE);
  }

  write(out: ByteWriter): void {
    out.varint(this.#grids.length);
    const body = new ByteWriter(256);
    for (const grid of this.#grids) {
      body.reset();
      encodeColumn(body, grid, grid.length);
      out.varint(grid.length);
      out.varint(body.length);
      out.bytes(body.buffer.subarray(0, body.length));
    }
  }
}

function tryPlace(out: ByteWriter, times: Float64Array, length: number, grid: Float64Array, number: number): boolean {
  if (length > grid.length) return false;
  const from = lowerBound(grid, grid.length, times[0]!);
  if (grid[from] !== times[0] || from + length > grid.length) return false;
  let run = 1;
  while (run < length && times[run] === grid[from + run]) run++;
  if (run === length) {
    out.varint(number);
    if (length === grid.length) out.u8(WHOLE);
    else {
      out.u8(RANGE);
      out.varint(from);
      out.varint(length);
    }
    return true;
  }
  // Gaps: alternating lengths of what is there and what is not, from the grid's start on.
  const runs: number[] = [];
  let at = 0;
  for (let i = 0; i < length; ) {
    const start = at;
    while (at < grid.length && grid[at]! < times[i]!) at++;
    if (at === grid.length || grid[at] !== times[i]) return false;
    const begin = at;
    while (i < length && at < grid.length && grid[at] === times[i]) {
      at++;
      i++;
    }
    runs.push(begin - start, at - begin);
  }
  // A series that shares few instants is better off with its own grid.
  if (runs.length > length) return false;
  out.varint(number);
  out.u8(SUBSET);
  out.varint(runs.length / 2);
  for (const value of runs) out.varint(value);
  return true;
}

interface EncodedGrid {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** Reads what {@link GridBuilder.write} wrote; grids are decoded when first asked for. */
export class Grids {
  #encoded: readonly (EncodedGrid | undefined)[];
  #decoded: (Float64Array | undefined)[] = [];
  /** Where the times lie that {@link locate} found last. */
  from = 0;
  length = 0;

  private constructor(encoded: readonly (EncodedGrid | undefined)[]) {
    this.#encoded = encoded;
  }

  /** Grids that are views of the buffer that `input` reads. */
  static read(input: ByteReader): Grids {
    const encoded: EncodedGrid[] = [];
    const count = input.count(2);
    for (let i = 0; i < count; i++) {
      const length = input.varint();
      const size = input.varint();
      encoded.push({ bytes: input.bytes(size), length });
    }
    return new Grids(encoded);
  }

  /** Those of the given numbers, as copies that hold nothing else of the pack in memory. */
  only(numbers: ReadonlySet<number>): Grids {
    return new Grids(
      this.#encoded.map((grid, i) =>
        grid !== undefined && numbers.has(i) ? { bytes: grid.bytes.slice(), length: grid.length } : undefined,
      ),
    );
  }

  /** Memory that it takes once all its grids are decoded, bytes. */
  get sizeBytes(): number {
    let size = 0;
    for (const grid of this.#encoded) if (grid !== undefined) size += grid.bytes.length + grid.length * 8;
    return size;
  }

  #grid(number: number): Float64Array {
    const known = this.#decoded[number];
    if (known !== undefined) return known;
    const source = this.#encoded[number];
    if (source === undefined || source.length > 1e8) throw new CorruptBytes("grid");
    const times = new Float64Array(source.length);
    decodeColumn(new ByteReader(source.bytes), source.length, times, 0);
    this.#decoded[number] = times;
    return times;
  }

  /** Reads a placement: the times of a chunk, as a view of a grid where that is possible. */
  times(input: ByteReader): Float64Array {
    const times = this.locate(input);
    const { from, length } = this;
    return from === 0 && length === times.length ? times : times.subarray(from, from + length);
  }

  /** The same without a view: the times are `length` from index `from` on, until the next call. */
  locate(input: ByteReader): Float64Array {
    const grid = this.#grid(input.varint());
    const placement = input.u8();
    if (placement === SUBSET) {
      const times = subset(input, grid);
      this.from = 0;
      this.length = times.length;
      return times;
    }
    if (placement === WHOLE) {
      this.from = 0;
      this.length = grid.length;
    } else if (placement === RANGE) {
      this.from = input.varint();
      this.length = input.varint();
      if (this.from + this.length > grid.length) throw new CorruptBytes("range of a grid");
    } else throw new CorruptBytes("placement");
    return grid;
  }
}

function subset(input: ByteReader, grid: Float64Array): Float64Array {
  const runs = input.count(2);
  const times = new Float64Array(grid.length);
  let length = 0;
  let at = 0;
  for (let i = 0; i < runs; i++) {
    at += input.varint();
    const count = input.varint();
    if (at + count > grid.length) throw new CorruptBytes("subset of a grid");
    for (let k = 0; k < count; k++) times[length++] = grid[at++]!;
  }
  return times.subarray(0, length);
}

/** First index whose value is ≥ `value`, within `[0, length)`; `length` where none is. */
export function lowerBound(times: Float64Array, length: number, value: number): number {
  return lowerBoundWithin(times, 0, length, value);
}

/** The same within `[from, to)`. */
export function lowerBoundWithin(times: Float64Array, from: number, to: number, value: number): number {
  let lo = from;
  let hi = to;
  while (lo < hi) {
    const middle = (lo + hi) >>> 1;
    if (times[middle]! < value) lo = middle + 1;
    else hi = middle;
  }
  return lo;
}
