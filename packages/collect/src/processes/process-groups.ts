/**
 * Process groups: which processes are counted together, and which of the groups get series of their own.
 *
 * The heaviest N are shown by name, all the rest as `other`, so that a host with a thousand programs makes no more series than
 * one with thirty. Series that come and go are of use to nobody: a group gets its place only when it is there at a ranking, keeps
 * it until another is clearly heavier, and stays for a while with no processes, so that `num_procs` says 0 before it ends.
 */
import type { BatchWriter, CollectorRegistry } from "../collector.ts";
import { addIncrease, GroupFamilies, GroupSeries, GroupTotals, type HostUnits } from "./group-series.ts";
import type { TrackedProcess } from "./tracked-process.ts";

const OTHER_GROUP = "other";

/** How much of the newest pass the running weight takes: a half-life of about 20 passes. */
const SMOOTHING = 1 / 30;
/** Places are given anew every so many passes. */
const RANK_EVERY_PASSES = 10;
/** A group without processes keeps its place for so many passes. */
const KEPT_EMPTY_PASSES = 300;
/** A group must be so many times as heavy as the lightest shown one to take its place. */
const CLEARLY_HEAVIER = 1.5;
/** Nor does it for less than this: a five-hundredth of a core, or of the memory. */
const WORTH_A_PLACE = 0.002;

/** A weight of 1 is: one core busy, or all memory taken, or 100 MB/s of storage traffic. */
const IO_BYTES_OF_WEIGHT_1 = 100e6;
const TICKS_OF_WEIGHT_1 = 100;

interface Group {
  readonly name: string;
  series: GroupSeries | undefined;
  /** Smoothed over passes. */
  weight: number;
  /** Of this pass. */
  load: number;
  readonly members: Set<TrackedProcess>;
  /** Some of them said something new, or are others: they are added up anew. */
  isChanged: boolean;
  readonly totals: GroupTotals;
  /** Passes since it had a process. */
  emptyPasses: number;
}

export class ProcessGroups {
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<TrackedProcess, Group>();
  readonly #families: GroupFamilies;
  readonly #units: HostUnits;
  readonly #maxGroups: number;
  readonly #memoryPages: number;
  #other: GroupSeries | undefined;
  readonly #otherTotals = new GroupTotals();
  /** A group without series of its own has other totals, or others have none. */
  #othersChanged = false;
  #shown = 0;
  #pass = 0;

  /**
   * @param maxGroups    how many groups have series of their own; the rest is `other`
   * @param memoryPages  pages of memory that the host has
   */
  constructor(registry: CollectorRegistry, units: HostUnits, maxGroups: number, memoryPages: number) {
    this.#families = new GroupFamilies(registry);
    this.#units = units;
    this.#maxGroups = maxGroups;
    this.#memoryPages = memoryPages;
  }

  /**
   * Counts what processes are and used since the pass before. Call once a pass, after the scan.
   *
   * Most groups are asleep at most passes: only those of which a process has changed are added up anew.
   *
   * @param changed processes of which something was read, new ones included
   * @param gone    those that ended
   */
  update(changed: readonly TrackedProcess[], gone: readonly TrackedProcess[]): void {
    this.#pass++;
    for (const process of gone) this.#leave(process);
    for (const process of changed) if (!process.hasEnded) this.#join(process);
    if (this.#pass === 1) this.#rankBeforeCounting();
    for (const process of changed) if (!process.hasEnded) this.#count(process);
    for (const group of this.#groups.values()) {
      if (!group.isChanged) continue;
      if (group.series === undefined) this.#othersChanged = true;
      addUp(group);
    }
    this.#settle();
    if (this.#othersChanged) this.#addUpOthers();
  }

  write(batch: BatchWriter): void {
    for (const { series, totals } of this.#groups.values()) series?.write(batch, totals);
    this.#other?.write(batch, this.#otherTotals);
  }

  #leave(process: TrackedProcess): void {
    const group = this.#groupOf.get(process);
    if (group === undefined) return;
    group.members.delete(process);
    group.isChanged = true;
    this.#groupOf.delete(process);
  }

  /** It may be new, or go by another name than before. */
  #join(process: TrackedProcess): void {
    const group = this.#groupNamed(process.group);
    group.isChanged = true;
    if (this.#groupOf.get(process) === group) return;
    this.#leave(process);
    group.members.add(process);
    this.#groupOf.set(process, group);
  }

  #count(process: TrackedProcess): void {
    const { increase } = process;
    const group = this.#groupOf.get(process)!;
    group.load +=
      (increase.userTicks + increase.systemTicks) / TICKS_OF_WEIGHT_1 +
      (increase.readBytes + increase.writeBytes) / IO_BYTES_OF_WEIGHT_1;
    addIncrease((group.series ?? this.#otherSeries()).used, increase);
  }

  #addUpOthers(): void {
    this.#othersChanged = false;
    const totals = this.#otherTotals;
    totals.clear();
    for (const group of this.#groups.values()) if (group.series === undefined) totals.merge(group.totals);
    if (totals.processes > 0) this.#otherSeries();
  }

  /** At the first pass there is no load yet: the groups with the most memory begin. */
  #rankBeforeCounting(): void {
    for (const group of this.#groups.values()) {
      for (const process of group.members) group.weight += process.residentPages / this.#memoryPages;
    }
    this.#rank();
  }

  #groupNamed(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = {
        name,
        series: undefined,
        weight: 0,
        load: 0,
        members: new Set(),
        isChanged: false,
        totals: new GroupTotals(),
        emptyPasses: 0,
      };
      this.#groups.set(name, group);
    }
    return group;
  }

  #settle(): void {
    for (const group of this.#groups.values()) {
      group.emptyPasses = group.members.size > 0 ? 0 : group.emptyPasses + 1;
      if (group.emptyPasses > (group.series === undefined ? 0 : KEPT_EMPTY_PASSES)) this.#drop(group);
      else group.weight += SMOOTHING * (group.load + group.totals.residentPages / this.#memoryPages - group.weight);
      group.load = 0;
    }
    if (this.#pass % RANK_EVERY_PASSES === 0) this.#rank();
  }

  /** Gives free places to the heaviest hidden groups, and those of shown groups that are clearly lighter. */
  #rank(): void {
    const byWeight = [...this.#groups.values()].sort((a, b) => b.weight - a.weight);
    const hidden = byWeight.filter((group) => group.series === undefined);
    const shown = byWeight.filter((group) => group.series !== undefined);
    for (const group of hidden) {
      if (this.#shown >= this.#maxGroups) {
        const lightest = shown.pop();
        const least = Math.max(WORTH_A_PLACE, (lightest?.weight ?? 0) * CLEARLY_HEAVIER);
        if (lightest === undefined || group.weight < least) return;
        this.#hide(lightest);
      }
      this.#show(group);
    }
  }

  #show(group: Group): void {
    group.series = new GroupSeries(group.name, this.#families, this.#units);
    this.#othersChanged = true;
    this.#shown++;
  }

  #hide(group: Group): void {
    group.series?.release();
    group.series = undefined;
    this.#othersChanged = true;
    this.#shown--;
  }

  #drop(group: Group): void {
    if (group.series !== undefined) this.#hide(group);
    this.#groups.delete(group.name);
  }

  #otherSeries(): GroupSeries {
    this.#other ??= new GroupSeries(OTHER_GROUP, this.#families, this.#units);
    return this.#other;
  }
}

function addUp(group: Group): void {
  group.isChanged = false;
  group.totals.clear();
  for (const process of group.members) group.totals.add(process);
}
