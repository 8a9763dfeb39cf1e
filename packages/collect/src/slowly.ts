/**
 * For what changes rarely: read every so often, said at every collection.
 *
 * Attributes of devices, versions and labels stand in a great many small files. Reading them every second would cost more
 * than all counters together and would say the same each time.
 */
import type { BatchWriter, Collect, Family, Slot } from "./collector.ts";

/** Says that a series has this value until the next reading. */
export type Hold = (family: Family, value: number, ...labelValues: string[]) => void;

/**
 * @param everyMs pause between readings
 * @param read    says all there is; a series that it does not say any more ends. What it throws is thrown at each
 *                collection until the next reading.
 */
export function slowly(everyMs: number, read: (hold: Hold) => void): SlowSeries {
  return new SlowSeries(everyMs, read);
}

export class SlowSeries {
  readonly #everyMs: number;
  readonly #read: (hold: Hold) => void;
  #dueMs = Number.NEGATIVE_INFINITY;
  #slots: Slot[] = [];
  #values: number[] = [];
  #families: Family[] = [];
  #error: unknown;

  constructor(everyMs: number, read: (hold: Hold) => void) {
    this.#everyMs = everyMs;
    this.#read = read;
  }

  /** Makes the next collection read anew. */
  expire(): void {
    this.#dueMs = Number.NEGATIVE_INFINITY;
  }

  readonly collect: Collect = (batch: BatchWriter) => {
    if (batch.monotonicMs >= this.#dueMs) {
      this.#dueMs = batch.monotonicMs + this.#everyMs;
      this.#refresh();
    }
    if (this.#error !== undefined) throw this.#error;
    const slots = this.#slots;
    const values = this.#values;
    for (let i = 0; i < slots.length; i++) batch.set(slots[i]!, values[i]!);
  };

  #refresh(): void {
    const before = this.#slots;
    const familiesBefore = this.#families;
    this.#slots = [];
    this.#values = [];
    this.#families = [];
    this.#error = undefined;
    try {
      this.#read((family, value, ...labelValues) => {
        this.#slots.push(family.slot(...labelValues));
        this.#values.push(value);
        this.#families.push(family);
      });
    } catch (error) {
      this.#error = error;
    }
    const still = new Set(this.#slots);
    for (let i = 0; i < before.length; i++) if (!still.has(before[i]!)) familiesBefore[i]!.release(before[i]!);
  }
}
