/**
 * The least and greatest value of all lines in a window that goes on: looks at what came and what left, and at all of it again
 * only where an extreme left or the data is another.
 */
import type uPlot from "uplot";

export class SlidingExtent {
  #times: uPlot.AlignedData[0] | undefined;
  /** Indexes of the window's first point and of the one behind its last. */
  #from = 0;
  #to = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;

  /**
   * @param data the times (s), then one column a line. May grow at its end; what was seen stays as it is while `data[0]` is the same array
   * @param fromS inclusive
   * @param toS inclusive
   * @returns null where there is no value
   */
  between(data: uPlot.AlignedData, fromS: number, toS: number): [least: number | null, greatest: number | null] {
    const times = data[0];
    const goesOn = times === this.#times && (this.#from === 0 || times[this.#from - 1]! < fromS);
    const [oldFrom, oldTo] = goesOn ? [this.#from, this.#to] : [0, 0];
    let from = oldFrom;
    while (from < times.length && times[from]! < fromS) from++;
    let to = Math.max(from, oldTo);
    while (to < times.length && times[to]! <= toS) to++;
    while (to > from && times[to - 1]! > toS) to--;
    const isKept = goesOn && to >= oldTo && from <= oldTo && !this.#hasExtreme(data, oldFrom, from);
    this.#times = times;
    this.#from = from;
    this.#to = to;
    if (!isKept) {
      this.#least = Number.POSITIVE_INFINITY;
      this.#greatest = Number.NEGATIVE_INFINITY;
    }
    this.#look(data, isKept ? oldTo : from, to);
    return this.#least > this.#greatest ? [null, null] : [this.#least, this.#greatest];
  }

  #hasExtreme(data: uPlot.AlignedData, from: number, to: number): boolean {
    for (let column = 1; column < data.length; column++) {
      const values = data[column]!;
      for (let i = from; i < to; i++) if (values[i] === this.#least || values[i] === this.#greatest) return true;
    }
    return false;
  }

  #look(data: uPlot.AlignedData, from: number, to: number): void {
    for (let column = 1; column < data.length; column++) {
      const values = data[column]!;
      for (let i = from; i < to; i++) {
        const value = values[i];
        if (value === null || value === undefined) continue;
        if (value < this.#least) this.#least = value;
        if (value > this.#greatest) this.#greatest = value;
      }
    }
  }
}
