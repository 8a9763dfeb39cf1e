/**
 * Open single samples (remote write, rules, import): blocks of {@link SLAB} samples in shared arrays, chained by series, so
 * that a series of two samples does not own arrays of its own.
 */
import type { FloatHistogram, SampleColumns, SampleKind } from "@dmon/model";
import { pushSample } from "../codec/chunk.ts";

/** Samples in a slab. */
export const SLAB = 16;

interface Extras {
  startMs: number;
  histogram: FloatHistogram | undefined;
}

/** Slabs of a page: memory grows by pages, so that nothing is copied and little is held ahead. */
const PAGE_SLABS = 512;

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
    this.#page(slab).previous[slab % PAGE_SLABS] = previous;
    return slab;
  }

  #page(slab: number): Page {
    return this.#pages[Math.floor(slab / PAGE_SLABS)]!;
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
    const at = (slab % PAGE_SLABS) * SLAB + index;
    page.times[at] = atMs;
    page.values[at] = value;
    page.kinds[at] = kind;
    if (!Number.isNaN(startMs) || histogram !== undefined)
      this.#extras.set(slab * SLAB + index, { startMs, histogram });
  }

  /** Appends to `out` the samples of a chain that ends with `slab` and holds `count`, within `[minMs, maxMs]`. */
  read(slab: number, count: number, minMs: number, maxMs: number, out: SampleColumns): void {
    const { times, values, kinds, previous } = this.#page(slab);
    const before = previous[slab % PAGE_SLABS]!;
    const here = count - Math.floor((count - 1) / SLAB) * SLAB;
    if (before >= 0) this.read(before, count - here, minMs, maxMs, out);
    const start = (slab % PAGE_SLABS) * SLAB;
    for (let i = 0; i < here; i++) {
      const atMs = times[start + i]!;
      if (atMs < minMs || atMs > maxMs) continue;
      const extras = this.#extras.get(slab * SLAB + i);
      pushSample(out, atMs, kinds[start + i]!, values[start + i]!, extras?.startMs ?? Number.NaN, extras?.histogram);
    }
  }

  /** Gives back a chain. */
  release(slab: number): void {
    for (let at = slab; at >= 0; at = this.#page(at).previous[at % PAGE_SLABS]!) {
      this.#free.push(at);
      if (this.#extras.size > 0) for (let i = 0; i < SLAB; i++) this.#extras.delete(at * SLAB + i);
    }
  }
}
