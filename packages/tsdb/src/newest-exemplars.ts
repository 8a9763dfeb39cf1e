/**
 * The newest exemplar of each series: a scraped target shows the same one until it has another, and a sender may send one twice.
 *
 * Source: prometheus `tsdb/exemplar.go`, which takes exemplars in order of time, then of value.
 */
import { AppendOutcome, type Exemplar } from "@dmon/model";

export class NewestExemplars {
  readonly #bySeries = new Map<number, Exemplar>();
  readonly #maxSeries: number;

  /** @param maxSeries so many series are remembered; those that got none for longest are forgotten first */
  constructor(maxSeries: number) {
    this.#maxSeries = maxSeries;
  }

  /** @returns OK where it is news, and then it is the newest */
  judge(seriesId: number, exemplar: Exemplar): AppendOutcome {
    const known = this.#bySeries.get(seriesId);
    if (known !== undefined) {
      const { atMs, value, labels } = exemplar;
      const isSameTime = atMs === known.atMs;
      if (isSameTime && Object.is(value, known.value) && labels.key === known.labels.key)
        return AppendOutcome.DUPLICATE;
      if (atMs < known.atMs || (isSameTime && value < known.value)) return AppendOutcome.OUT_OF_ORDER;
      this.#bySeries.delete(seriesId);
    } else if (this.#bySeries.size >= this.#maxSeries) {
      const [oldest] = this.#bySeries.keys();
      if (oldest !== undefined) this.#bySeries.delete(oldest);
    }
    this.#bySeries.set(seriesId, exemplar);
    return AppendOutcome.OK;
  }
}
