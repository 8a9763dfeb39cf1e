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

/**
 * What the last reading said, and the reading under way.
 *
 * A reading nearly always says the same series as the one before, in the same order: then a series is known again by
 * comparing it with the one at its place, and no key is made or looked up.
 */
class HeldSeries {
  #families: Family[] = [];
  #labels: (readonly string[])[] = [];
  #slots: Slot[] = [];
  #values: number[] = [];

  // The reading under way.
  #said = 0;
  #next: number[] = [];
  /** From where on it differs from the last one; undefined as long as it does not. */
  #others: { readonly families: Family[]; readonly labels: (readonly string[])[] } | undefined;

  write(batch: BatchWriter): void {
    const slots = this.#slots;
    const values = this.#values;
    for (let i = 0; i < slots.length; i++) batch.set(slots[i]!, values[i]!);
  }

  begin(): void {
    this.#said = 0;
    this.#others = undefined;
  }

  readonly hold: Hold = (family, value, ...labels) => {
    const i = this.#said++;
    this.#next[i] = value;
    if (this.#others === undefined) {
      if (this.#families[i] === family && sameTexts(this.#labels[i]!, labels)) return;
      this.#others = { families: this.#families.slice(0, i), labels: this.#labels.slice(0, i) };
    }
    this.#others.families.push(family);
    this.#others.labels.push(labels);
  };

  /** The reading takes the place of the last one; series that it did not say are released. */
  commit(): void {
    if (this.#others !== undefined || this.#said !== this.#slots.length) this.#replaceSlots();
    const values = this.#next;
    values.length = this.#said;
    this.#next = this.#values;
    this.#values = values;
  }

  #replaceSlots(): void {
    const families = this.#others?.families ?? this.#families.slice(0, this.#said);
    const labels = this.#others?.labels ?? this.#labels.slice(0, this.#said);
    const slots = families.map((family, i) => family.slot(...labels[i]!));
    const still = new Set(slots);
    this.#slots.forEach((slot, i) => {
      if (!still.has(slot)) this.#families[i]!.release(slot);
    });
    this.#families = families;
    this.#labels = labels;
    this.#slots = slots;
  }
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
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
    this.#error = undefined;
    this.#held.begin();
    try {
      this.#read(this.#held.hold);
    } catch (error) {
      this.#error = error;
    }
    this.#held.commit();
  }
}

/** A number that is read at most every so many ms, and in between is what it was. What reading throws is thrown, and tried anew. */
export function seldom(everyMs: number, read: () => number): (batch: BatchWriter) => number {
  let dueMs = Number.NEGATIVE_INFINITY;
  let value = Number.NaN;
  return ({ monotonicMs }) => {
    if (monotonicMs < dueMs) return value;
    value = read();
    dueMs = monotonicMs + everyMs;
    return value;
  };
}

/** The same for a reading that may be slow or hang: it runs beside the collections, and fails the collector by rejecting. */
export function aside(everyMs: number, read: (hold: Hold) => Promise<void>): Collector {
  const held = new HeldSeries();
  return {
    refreshEveryMs: everyMs,
    collect: (batch) => held.write(batch),
    async refresh() {
      held.begin();
      await read(held.hold);
      held.commit();
    },
  };
}
