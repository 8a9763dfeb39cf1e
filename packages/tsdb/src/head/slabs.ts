/**
 * Open single samples (remote write, rules, import): blocks of {@link SLAB} samples in shared arrays, chained by series, so
 * that a series of two samples does not own arrays of its own.
 */
import { type FloatHistogram, type SampleColumns, SampleKind } from "@dmon/model";
import { pushSample } from "../codec/chunk.ts";

/** Samples in a slab. */
export const SLAB = 16;

interface Extras {
  startMs: number;
  histogram: FloatHistogram | undefined;
}

/** Slabs of a page: memory grows by pages, so that nothing is copied and little is held ahead. */
const PAGE_BITS = 9;
const PAGE_SLABS = 1 << PAGE_BITS;

interface Page {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly kinds: Uint8Array;
  /** The slab before, -1 at the first of a series. */
  readonly previous: Int32Array;
}

export class Slabs {
  #pages: Page[] = [];
  #used = 0;
  #free: number[] = [];
  /** Start times and histograms by index of the sample: few series have them. */
  #extras = new Map<number, Extras>();

  get sizeBytes(): number {
    return this.#pages.length * PAGE_SLABS * (SLAB * 17 + 4) + this.#extras.size * 300;
  }

  /** A slab behind `previous` (-1: the first). */
  take(previous: number): number {
    const slab = this.#free.pop() ?? this.#used++;
    if (slab >= this.#pages.length * PAGE_SLABS) {
      this.#pages.push({
        times: new Float64Array(SLAB * PAGE_SLABS),
        values: new Float64Array(SLAB * PAGE_SLABS),
        kinds: new Uint8Array(SLAB * PAGE_SLABS),
        previous: new Int32Array(PAGE_SLABS),
      });
    }
    this.#page(slab).previous[slab & (PAGE_SLABS - 1)] = previous;
    return slab;
  }

  #page(slab: number): Page {
    return this.#pages[slab >>> PAGE_BITS]!;
  }

  put(
    slab: number,
    index: number,
    kind: SampleKind,
    atMs: number,
    value: number,
    startMs: number,
    histogram: FloatHistogram | undefined,
  ): void {
    const page = this.#page(slab);
    const at = (slab & (PAGE_SLABS - 1)) * SLAB + index;
    page.times[at] = atMs;
    page.values[at] = value;
    page.kinds[at] = kind;
    if (!Number.isNaN(startMs) || histogram !== undefined)
      this.#extras.set(slab * SLAB + index, { startMs, histogram });
  }

  /** Time of a sample of a slab. */
  timeAt(slab: number, index: number): number {
    return this.#page(slab).times[(slab & (PAGE_SLABS - 1)) * SLAB + index]!;
  }

  /**
   * Appends to `out` the samples of a chain that ends with `slab` and holds `count`, in ascending order of time, within
   * `[minMs, maxMs]`. Slabs of what is older are not looked at: most questions are for the last minutes.
   */
  read(slab: number, count: number, minMs: number, maxMs: number, out: SampleColumns): void {
    const { times, values, kinds, previous } = this.#page(slab);
    const before = previous[slab & (PAGE_SLABS - 1)]!;
    const here = ((count - 1) % SLAB) + 1;
    const start = (slab & (PAGE_SLABS - 1)) * SLAB;
    if (before >= 0 && times[start]! > minMs) this.read(before, count - here, minMs, maxMs, out);
    let from = start;
    let to = start + here;
    while (from < to && times[from]! < minMs) from++;
    while (to > from && times[to - 1]! > maxMs) to--;
    if (from === to) return;
    if (this.#extras.size > 0 || out.hasStart) {
      this.#readWithExtras(slab, from - start, to - start, out);
      return;
    }
    let at = out.length;
    out.reserve(at + to - from);
    const { timesMs, values: outValues, kinds: outKinds } = out;
    for (let i = from; i < to; i++, at++) {
      const kind = kinds[i]!;
      timesMs[at] = times[i]!;
      outValues[at] = values[i]!;
      outKinds[at] = kind;
      if (kind === SampleKind.STALE) out.hasStale = true;
    }
    out.length = at;
  }

  #readWithExtras(slab: number, from: number, to: number, out: SampleColumns): void {
    const { times, values, kinds } = this.#page(slab);
    const start = (slab & (PAGE_SLABS - 1)) * SLAB;
    for (let i = from; i < to; i++) {
      const extras = this.#extras.get(slab * SLAB + i);
      const startMs = extras?.startMs ?? Number.NaN;
      pushSample(out, times[start + i]!, kinds[start + i]!, values[start + i]!, startMs, extras?.histogram);
    }
  }

  /** Gives back a chain. */
  release(slab: number): void {
    for (let at = slab; at >= 0; at = this.#page(at).previous[at & (PAGE_SLABS - 1)]!) {
      this.#free.push(at);
      if (this.#extras.size > 0) for (let i = 0; i < SLAB; i++) this.#extras.delete(at * SLAB + i);
    }
  }
}
