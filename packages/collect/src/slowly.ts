/**
 * For what changes rarely or answers slowly: read every so often, said at every collection.
 *
 * Attributes of devices, versions and labels stand in a great many small files. Reading them every second would cost more
 * than all counters together and would say the same each time. What may take its time (a sensor behind a bus) is read beside
 * the collections, so that no other collector waits for it.
 */
import type { BatchWriter, Collect, Collector, Family, Slot } from "./collector.ts";

/** Says that a series has this value until the next reading. */
export type Hold = (family: Family, value: number, ...labelValues: string[]) => void;

/** What the last reading said. */
class HeldSeries {
  #slots: Slot[] = [];
  #values: number[] = [];
  #families: Family[] = [];

  write(batch: BatchWriter): void {
    const slots = this.#slots;
    const values = this.#values;
    for (let i = 0; i < slots.length; i++) batch.set(slots[i]!, values[i]!);
  }

  /** Takes the place of what was held; series that are not said any more are released. */
  replace(said: readonly (readonly [Family, number, string[]])[]): void {
    const before = this.#slots;
    const familiesBefore = this.#families;
    this.#slots = said.map(([family, , labelValues]) => family.slot(...labelValues));
    this.#values = said.map(([, value]) => value);
    this.#families = said.map(([family]) => family);
    const still = new Set(this.#slots);
    for (let i = 0; i < before.length; i++) if (!still.has(before[i]!)) familiesBefore[i]!.release(before[i]!);
  }
}

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
  readonly #held = new HeldSeries();
  #dueMs = Number.NEGATIVE_INFINITY;
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
    this.#held.write(batch);
  };

  #refresh(): void {
    const said: [Family, number, string[]][] = [];
    this.#error = undefined;
    try {
      this.#read((family, value, ...labelValues) => said.push([family, value, labelValues]));
    } catch (error) {
      this.#error = error;
    }
    this.#held.replace(said);
  }
}

/** The same for a reading that may be slow or hang: it runs beside the collections, and fails the collector by rejecting. */
export function aside(everyMs: number, read: (hold: Hold) => Promise<void>): Collector {
  const held = new HeldSeries();
  return {
    refreshEveryMs: everyMs,
    collect: (batch) => held.write(batch),
    async refresh() {
      const said: [Family, number, string[]][] = [];
      await read((family, value, ...labelValues) => said.push([family, value, labelValues]));
      held.replace(said);
    },
  };
}
