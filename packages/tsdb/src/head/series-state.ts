/** What the head knows of each resident series, as columns over the index' dense numbers: 53 bytes a series. */
import type { SampleKind } from "@dmon/model";

export class SeriesState {
  /** Newest sample in order; -Infinity where none. */
  lastMs = new Float64Array(0);
  /** Oldest sample not yet merged into a file of its day; +Infinity where none. */
  firstMs = new Float64Array(0);
  lastValue = new Float64Array(0);
  /** ABSENT where the newest sample is in the files alone, and its value was not read. */
  lastKind = new Uint8Array(0);
  /** Decimal digits of the value before in the tail log, for single samples. */
  scale = new Uint8Array(0);
  /** Slots of sources that name the series: it stays while there is one. */
  pins = new Uint16Array(0);
  /** Newest slab of single samples, -1 where none. */
  slab = new Int32Array(0);
  /** Single samples in open slabs, when the first was, and the tail record that holds it. */
  openCount = new Uint8Array(0);
  openFirstMs = new Float64Array(0);
  openSequence = new Float64Array(0);
  /** Wall clock when the slabs were opened, seconds. */
  openedAtS = new Uint32Array(0);

  /** Makes the columns reach `dense` and sets its row to that of a new series. */
  begin(dense: number): void {
    if (dense >= this.lastMs.length) this.#grow(Math.max(256, Math.ceil((dense + 1) * 1.5)));
    this.lastMs[dense] = Number.NEGATIVE_INFINITY;
    this.firstMs[dense] = Number.POSITIVE_INFINITY;
    this.lastValue[dense] = 0;
    this.lastKind[dense] = 0;
    this.scale[dense] = 0;
    this.pins[dense] = 0;
    this.slab[dense] = -1;
    this.openCount[dense] = 0;
  }

  accepted(dense: number, atMs: number, kind: SampleKind, value: number): void {
    this.lastMs[dense] = atMs;
    this.lastKind[dense] = kind;
    this.lastValue[dense] = value;
    if (atMs < this.firstMs[dense]!) this.firstMs[dense] = atMs;
  }

  #grow(size: number): void {
    this.lastMs = moved(this.lastMs, new Float64Array(size));
    this.firstMs = moved(this.firstMs, new Float64Array(size));
    this.lastValue = moved(this.lastValue, new Float64Array(size));
    this.lastKind = moved(this.lastKind, new Uint8Array(size));
    this.scale = moved(this.scale, new Uint8Array(size));
    this.pins = moved(this.pins, new Uint16Array(size));
    this.slab = moved(this.slab, new Int32Array(size));
    this.openFirstMs = moved(this.openFirstMs, new Float64Array(size));
    this.openedAtS = moved(this.openedAtS, new Uint32Array(size));
    this.openSequence = moved(this.openSequence, new Float64Array(size));
    this.openCount = moved(this.openCount, new Uint8Array(size));
  }
}

function moved<T extends Float64Array | Uint8Array | Uint16Array | Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
