/**
 * The series of the host's source: what collectors register, and the columns that each collection fills.
 *
 * A collector holds *slots*; a batch has *columns*. The two are kept apart so that series which ended (a network device of a
 * container, a process group) can be dropped from the batch without any collector noticing: columns are numbered anew under
 * a new source id, slots keep their numbers.
 */
import { type BatchSink, bug, Labels, METRIC_NAME, type MetricType, SampleKind, type SourceId } from "@dmon/model";
import type { BatchWriter, CollectorRegistry, Family, Slot } from "./collector.ts";
import type { FamilySample, MetricFamily } from "./families.ts";
import { nextSourceId } from "./source-id.ts";

/** Separates label values in the key of a child; cannot stand in UTF-8 text. */
const SEPARATOR = "\xff";
const NO_COLUMN = -1;
const NO_SLOT = -1;
/** Ended columns that are kept before a compaction is worth a new definition of all others. */
const MIN_ENDED_COLUMNS = 256;

interface Child {
  readonly family: FamilyEntry;
  readonly key: string;
  readonly labelValues: readonly string[];
  readonly owner: Owner;
}

interface FamilyEntry {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labelNames: readonly string[];
  readonly metadataName: string;
  readonly children: Map<string, Slot>;
  /** Left out of {@link HostRegistry.families}: series that a Prometheus would add itself, such as `up`. */
  readonly synthetic: boolean;
  announced: boolean;
}

/** One collector as the registry knows it. */
export interface Owner {
  /** Index of the owner, from 0. */
  readonly index: number;
  /** Labels of its stored series that its families do not name: `job` and `instance`. */
  readonly identity: readonly (readonly [string, string])[];
}

export class HostRegistry implements BatchWriter {
  atMs = 0;
  monotonicMs = 0;

  #source: SourceId = nextSourceId();
  readonly #families = new Map<string, FamilyEntry>();
  #owners: Owner[] = [];

  // By slot.
  #children: (Child | undefined)[] = [];
  #columnOf = new Int32Array(1024).fill(NO_COLUMN);
  #freeSlots: Slot[] = [];

  // By column.
  #length = 0;
  #defined = 0;
  #values = new Float64Array(1024);
  #kinds = new Uint8Array(1024);
  #setInPass = new Float64Array(1024);
  #ownerOf = new Uint16Array(1024);
  #slotOf = new Int32Array(1024);
  #labels: Labels[] = [];

  #pass = 0;
  /** By owner: the pass in which it last ran. What an owner that did not run said before still holds. */
  #ranInPass: number[] = [];
  #ranCount = 0;
  #addedInPass = 0;
  /** Columns set in this pass, and how many of them held no value before it. */
  #setCount = 0;
  #begunCount = 0;
  /** Columns that held a value, and those that ended, at the end of the last pass. */
  #floatCount = 0;
  #staleCount = 0;

  get source(): SourceId {
    return this.#source;
  }

  addOwner(identity: readonly (readonly [string, string])[]): Owner {
    const owner = { index: this.#owners.length, identity };
    this.#owners.push(owner);
    this.#ranInPass.push(0);
    return owner;
  }

  /** The registry as one collector sees it. */
  forOwner(owner: Owner, synthetic = false): CollectorRegistry {
    const family: CollectorRegistry["family"] = (name, help, type, labelNames, metadataName = name): Family => {
      const entry = this.#family({ name, help, type, labelNames, metadataName, synthetic });
      return {
        slot: (...labelValues) => this.#slot(entry, labelValues, owner),
        release: (slot) => this.#release(slot),
      };
    };
    return {
      gauge: (name, help) => family(name, help, "gauge", []).slot(),
      counter: (name, help) => family(name, help, "counter", []).slot(),
      untyped: (name, help) => family(name, help, "unknown", []).slot(),
      family,
    };
  }

  beginPass(atMs: number, monotonicMs: number): void {
    this.#pass++;
    this.#ranCount = this.#setCount = this.#begunCount = this.#addedInPass = 0;
    this.atMs = atMs;
    this.monotonicMs = monotonicMs;
  }

  /** Says that an owner runs in this pass: what it does not set ends. */
  ownerRuns(owner: Owner): void {
    if (this.#ranInPass[owner.index] === this.#pass) return;
    this.#ranInPass[owner.index] = this.#pass;
    this.#ranCount++;
  }

  set(slot: Slot, value: number): void {
    let column = this.#columnOf[slot]!;
    if (column < 0) column = this.#addColumn(slot);
    this.#values[column] = value;
    if (this.#setInPass[column] === this.#pass) return;
    this.#setInPass[column] = this.#pass;
    this.#setCount++;
    if (this.#kinds[column] !== SampleKind.FLOAT) this.#begunCount++;
  }

  /** How many series were set in this pass for the first time. */
  get addedInPass(): number {
    return this.#addedInPass;
  }

  /** How many series hold a value in this pass, whether set or kept. */
  presentCount(): number {
    if (this.#ranCount === this.#owners.length) return this.#setCount;
    let count = this.#setCount;
    for (let i = 0; i < this.#length; i++) {
      if (this.#setInPass[i] !== this.#pass && this.#kinds[i] === SampleKind.FLOAT && this.#ownerRests(i)) count++;
    }
    return count;
  }

  /** Works out what was set, kept or ended, and hands definitions, metadata and the batch to `sink`. */
  flush(sink: BatchSink): void {
    // Nearly always exactly those series are set that were set before.
    const isSame = this.#begunCount === 0 && this.#setCount === this.#floatCount && this.#staleCount === 0;
    if (!isSame) this.#settleKinds();
    this.#announce(sink);
    sink.appendBatch({
      source: this.#source,
      atMs: this.atMs,
      length: this.#length,
      kinds: this.#kinds,
      values: this.#values,
    });
  }

  #settleKinds(): void {
    let floats = 0;
    let stale = 0;
    for (let i = 0; i < this.#length; i++) {
      if (this.#setInPass[i] === this.#pass) this.#kinds[i] = SampleKind.FLOAT;
      else if (this.#kinds[i] === SampleKind.STALE) this.#kinds[i] = SampleKind.ABSENT;
      else if (this.#kinds[i] === SampleKind.FLOAT && !this.#ownerRests(i)) this.#kinds[i] = SampleKind.STALE;
      if (this.#kinds[i] === SampleKind.FLOAT) floats++;
      else if (this.#kinds[i] === SampleKind.STALE) stale++;
    }
    this.#floatCount = floats;
    this.#staleCount = stale;
  }

  /** Numbers the columns anew where many series have ended. Call between passes. */
  compactWhereWorth(sink: BatchSink): void {
    let ended = 0;
    for (let i = 0; i < this.#length; i++) if (this.#kinds[i] === SampleKind.ABSENT) ended++;
    if (ended <= Math.max(MIN_ENDED_COLUMNS, this.#length / 2)) return;
    const before = this.#source;
    let to = 0;
    for (let from = 0; from < this.#length; from++) {
      const slot = this.#slotOf[from]!;
      if (this.#kinds[from] === SampleKind.ABSENT) {
        if (slot !== NO_SLOT) this.#columnOf[slot] = NO_COLUMN;
        continue;
      }
      this.#values[to] = this.#values[from]!;
      this.#kinds[to] = this.#kinds[from]!;
      this.#setInPass[to] = this.#setInPass[from]!;
      this.#ownerOf[to] = this.#ownerOf[from]!;
      this.#slotOf[to] = slot;
      this.#labels[to] = this.#labels[from]!;
      if (slot !== NO_SLOT) this.#columnOf[slot] = to;
      to++;
    }
    this.#length = to;
    this.#labels.length = to;
    this.#defined = 0;
    this.#source = nextSourceId();
    this.#announce(sink);
    sink.undefine(before);
  }

  /** Ends every series: writes a last batch in which all that held a value are stale, and takes the source back. */
  endAll(sink: BatchSink, atMs: number): void {
    // Ended before it began: a batch of a source that never said a series would be a fault.
    if (this.#defined === 0) return;
    this.beginPass(atMs, this.monotonicMs);
    for (const owner of this.#owners) this.ownerRuns(owner);
    this.flush(sink);
    sink.undefine(this.#source);
  }

  /** All families that hold a value now, by name; samples in order of their label values. */
  families(): MetricFamily[] {
    const out: MetricFamily[] = [];
    for (const entry of this.#families.values()) {
      if (entry.synthetic) continue;
      const samples: FamilySample[] = [];
      for (const slot of entry.children.values()) {
        const column = this.#columnOf[slot]!;
        if (column < 0 || this.#kinds[column] !== SampleKind.FLOAT) continue;
        samples.push({ labelValues: this.#children[slot]!.labelValues, value: this.#values[column]! });
      }
      if (samples.length === 0) continue;
      samples.sort((a, b) => compareValues(a.labelValues, b.labelValues));
      const { name, help, type, labelNames, metadataName } = entry;
      out.push({ name, help, type, labelNames, metadataName, samples });
    }
    return out.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** True where the column's owner does not run in this pass, so that what it said before still holds. */
  #ownerRests(column: number): boolean {
    return this.#ranInPass[this.#ownerOf[column]!] !== this.#pass && this.#slotOf[column] !== NO_SLOT;
  }

  #announce(sink: BatchSink): void {
    if (this.#defined === this.#length) return;
    const fromSlot = this.#defined;
    sink.define({ source: this.#source, fromSlot, series: this.#labels.slice(fromSlot, this.#length) });
    for (let column = fromSlot; column < this.#length; column++) {
      const slot = this.#slotOf[column]!;
      const family = slot === NO_SLOT ? undefined : this.#children[slot]?.family;
      if (family === undefined || family.announced || family.synthetic) continue;
      sink.setMetadata(family.metadataName, { type: family.type, help: family.help, unit: "" });
      family.announced = true;
    }
    this.#defined = this.#length;
  }

  #family(described: Omit<FamilyEntry, "children" | "announced">): FamilyEntry {
    const { name, type, labelNames } = described;
    // Two collectors may say the same thing by different labels (the frequency by core, and by package, core and cpu).
    const key = [name, ...labelNames].join(SEPARATOR);
    const known = this.#families.get(key);
    if (known !== undefined) {
      if (known.type !== type) bug(`metric ${name} is registered as ${known.type} and as ${type}`);
      return known;
    }
    const entry = { ...described, children: new Map<string, Slot>(), announced: false };
    this.#families.set(key, entry);
    return entry;
  }

  #slot(family: FamilyEntry, labelValues: readonly string[], owner: Owner): Slot {
    const key = labelValues.join(SEPARATOR);
    const known = family.children.get(key);
    if (known !== undefined) return known;
    if (labelValues.length !== family.labelNames.length) {
      bug(`${family.name} has ${family.labelNames.length} labels and was given ${labelValues.length} values`);
    }
    const slot = this.#freeSlots.pop() ?? this.#children.length;
    this.#children[slot] = { family, key, labelValues, owner };
    if (slot >= this.#columnOf.length) this.#columnOf = grownInts(this.#columnOf);
    this.#columnOf[slot] = NO_COLUMN;
    family.children.set(key, slot);
    return slot;
  }

  #release(slot: Slot): void {
    const child = this.#children[slot];
    if (child === undefined) return;
    child.family.children.delete(child.key);
    const column = this.#columnOf[slot]!;
    if (column >= 0) {
      this.#slotOf[column] = NO_SLOT;
      if (this.#setInPass[column] === this.#pass) this.#unset(column);
    }
    this.#columnOf[slot] = NO_COLUMN;
    this.#children[slot] = undefined;
    this.#freeSlots.push(slot);
  }

  #unset(column: number): void {
    this.#setInPass[column] = 0;
    this.#setCount--;
    if (this.#kinds[column] !== SampleKind.FLOAT) this.#begunCount--;
  }

  #addColumn(slot: Slot): number {
    const child = this.#children[slot] ?? bug(`slot ${slot} was set after it was released`);
    const column = this.#length++;
    if (column >= this.#values.length) this.#growColumns();
    this.#kinds[column] = SampleKind.ABSENT;
    this.#ownerOf[column] = child.owner.index;
    this.#slotOf[column] = slot;
    this.#labels[column] = storedLabels(child);
    this.#columnOf[slot] = column;
    this.#addedInPass++;
    return column;
  }

  #growColumns(): void {
    const size = this.#values.length * 2;
    const values = new Float64Array(size);
    values.set(this.#values);
    this.#values = values;
    const setInPass = new Float64Array(size);
    setInPass.set(this.#setInPass);
    this.#setInPass = setInPass;
    const kinds = new Uint8Array(size);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const ownerOf = new Uint16Array(size);
    ownerOf.set(this.#ownerOf);
    this.#ownerOf = ownerOf;
    const slotOf = new Int32Array(size);
    slotOf.set(this.#slotOf);
    this.#slotOf = slotOf;
  }
}

/** Labels as they are stored: a label of the collector's own that is named like one of ours keeps its value as `exported_…`. */
function storedLabels(child: Child): Labels {
  const { family, owner, labelValues } = child;
  const pairs: (readonly [string, string])[] = [[METRIC_NAME, family.name]];
  for (let i = 0; i < labelValues.length; i++) {
    const name = family.labelNames[i]!;
    const own = owner.identity.find(([ownName]) => ownName === name);
    if (own?.[1] !== labelValues[i]) pairs.push([own === undefined ? name : `exported_${name}`, labelValues[i]!]);
  }
  return Labels.from([...pairs, ...owner.identity]);
}

function compareValues(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return 0;
}

function grownInts(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2).fill(NO_COLUMN);
  to.set(from);
  return to;
}
