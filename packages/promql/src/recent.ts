/** Remembers answers to texts that are asked again and again: rules and dashboards repeat theirs. */
export class RecentCache<T> {
  readonly #limit: number;
  readonly #entries = new Map<string, T>();

  /** @param limit entries; the one not asked for longest goes first */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): T | undefined {
    const known = this.#entries.get(key);
    if (known === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, known);
    return known;
  }

  set(key: string, value: T): void {
    if (this.#entries.size >= this.#limit) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, value);
  }
}
