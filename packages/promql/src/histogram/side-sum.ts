/**
 * Compensated sums, one a bucket, over bucket sets that may differ from summand to summand.
 *
 * Kahan–Babuška (Neumaier): each sum carries the low-order part that its additions lost; `total` gives both together.
 */
import type { Side } from "./buckets.ts";

/** A float sum and what its additions lost. Infinite sums keep no loss, which would turn them into NaN. */
export class CompensatedSum {
  sum: number;
  lost = 0;

  constructor(sum = 0) {
    this.sum = sum;
  }

  add(value: number): void {
    const total = this.sum + value;
    if (!Number.isFinite(total)) this.lost = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.lost += this.sum - total + value;
    else this.lost += value - total + this.sum;
    this.sum = total;
  }

  scale(factor: number): void {
    this.sum *= factor;
    this.lost *= factor;
  }

  get total(): number {
    return this.sum + this.lost;
  }
}

/** One side of a histogram under summation. */
export class SideSum {
  indexes: number[];
  #sums: CompensatedSum[];

  constructor(side: Side) {
    this.indexes = [...side.indexes];
    this.#sums = side.counts.map((count) => new CompensatedSum(count));
  }

  get side(): Side {
    return { indexes: this.indexes, counts: this.#sums.map((sum) => sum.total) };
  }

  /** Adds `sign` times the counts of `side`, from the bucket `fromIndex` on. */
  add(side: Side, sign: 1 | -1, fromIndex: number): void {
    let at = 0;
    for (let i = 0; i < side.indexes.length; i++) {
      const index = side.indexes[i]!;
      if (index < fromIndex) continue;
      while (at < this.indexes.length && this.indexes[at]! < index) at++;
      if (this.indexes[at] !== index) {
        this.indexes.splice(at, 0, index);
        this.#sums.splice(at, 0, new CompensatedSum());
      }
      this.#sums[at]!.add(sign * side.counts[i]!);
    }
  }

  scale(factor: number): void {
    for (const sum of this.#sums) sum.scale(factor);
  }

  /** Merges buckets: the sums of all indexes that `coarser` maps to one become one. */
  regroup(coarser: (index: number) => number): void {
    const indexes: number[] = [];
    const sums: CompensatedSum[] = [];
    this.indexes.forEach((fine, i) => {
      const index = coarser(fine);
      const sum = this.#sums[i]!;
      if (indexes.at(-1) === index) {
        const into = sums.at(-1)!;
        into.add(sum.sum);
        into.lost += sum.lost;
      } else {
        indexes.push(index);
        sums.push(sum);
      }
    });
    this.indexes = indexes;
    this.#sums = sums;
  }

  /** Takes out the buckets below `index`. @returns their sums */
  takeBelow(index: number): CompensatedSum[] {
    const end = this.indexes.findIndex((at) => at >= index);
    const count = end < 0 ? this.indexes.length : end;
    this.indexes.splice(0, count);
    return this.#sums.splice(0, count);
  }
}
