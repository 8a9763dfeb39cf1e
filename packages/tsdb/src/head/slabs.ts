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

export class Slabs {
  #times = new Float64Array(SLAB * 64);
  #values = new Float64Array(SLAB * 64);
  #kinds = new Uint8Array(SLAB * 64);
  /** The slab before, -1 at the first of a series. */
  #previous = new Int32Array(64);
  #used = 0;
  #free: number[] = [];
  /** Start times and histograms by index of the sample: few series have them. */
  #extras = new Map<number, Extras>();

  get sizeBytes(): number {
    return this.#previous.length * (SLAB * 17 + 4) + this.#extras.size * 300;
  }

  /** A slab behind `previous` (-1: the first). */
  take(previous: number): number {
    const slab = this.#free.pop() ?? this.#used++;
    if (slab >= this.#previous.length) this.#grow();
    this.#previous[slab] = previous;
    return slab;
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
    const at = slab * SLAB + index;
    this.#times[at] = atMs;
    this.#values[at] = value;
    this.#kinds[at] = kind;
    if (!Number.isNaN(startMs) || histogram !== undefined) this.#extras.set(at, { startMs, histogram });
  }

  /** Appends to `out` the samples of a chain that ends with `slab` and holds `count`, within `[minMs, maxMs]`. */
  read(slab: number, count: number, minMs: number, maxMs: number, out: SampleColumns): void {
    const previous = this.#previous[slab]!;
    const here = count - Math.floor((count - 1) / SLAB) * SLAB;
    if (previous >= 0) this.read(previous, count - here, minMs, maxMs, out);
    for (let at = slab * SLAB; at < slab * SLAB + here; at++) {
      const atMs = this.#times[at]!;
      if (atMs < minMs || atMs > maxMs) continue;
      const extras = this.#extras.get(at);
      pushSample(out, atMs, this.#kinds[at]!, this.#values[at]!, extras?.startMs ?? Number.NaN, extras?.histogram);
    }
  }

  /** Gives back a chain. */
  release(slab: number): void {
    for (let at = slab; at >= 0; at = this.#previous[at]!) {
      this.#free.push(at);
      if (this.#extras.size > 0) for (let i = 0; i < SLAB; i++) this.#extras.delete(at * SLAB + i);
    }
  }

  #grow(): void {
    const slabs = Math.ceil(this.#previous.length * 1.5);
    const times = new Float64Array(slabs * SLAB);
    times.set(this.#times);
    this.#times = times;
    const values = new Float64Array(slabs * SLAB);
    values.set(this.#values);
    this.#values = values;
    const kinds = new Uint8Array(slabs * SLAB);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const previous = new Int32Array(slabs);
    previous.set(this.#previous);
    this.#previous = previous;
  }
}
