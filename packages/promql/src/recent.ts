/**
 * Remembers answers to texts that are asked again and again: rules and dashboards repeat theirs.
 *
 * Two generations: what is asked for comes into the younger, and when that is half of all, the older one goes. So nothing
 * moves for texts that are asked all the time.
 */
export class RecentCache<T> {
  readonly #half: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** @param limit entries; those not asked for longest go first */
  constructor(limit: number) {
    this.#half = Math.max(1, Math.floor(limit / 2));
  }

  get(key: string): T | undefined {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: T): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
