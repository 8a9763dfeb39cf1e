/** The last values of something, for sparklines. */
export class History {
  readonly #values: number[] = [];
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  push(value: number): void {
    this.#values.push(value);
    if (this.#values.length > this.#length) this.#values.shift();
  }

  /** The newest `count`, oldest first; NaN where there were none yet. */
  last(count: number): number[] {
    const known = this.#values.slice(-count);
    return [...new Array<number>(count - known.length).fill(Number.NaN), ...known];
  }

  max(count: number): number {
    return this.#values.slice(-count).reduce((max, value) => Math.max(max, value), 0);
  }
}
