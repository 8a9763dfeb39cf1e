/**
 * A binary heap that moves its elements just as Go's `container/heap` does, so that of equal values the same ones stay.
 */
export class Heap<T> {
  readonly items: T[] = [];
  readonly #isLess: (a: T, b: T) => boolean;

  constructor(isLess: (a: T, b: T) => boolean) {
    this.#isLess = isLess;
  }

  push(item: T): void {
    const { items } = this;
    items.push(item);
    let at = items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isLess(items[at]!, items[parent]!)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Puts `item` in the place of the first. */
  replaceFirst(item: T): void {
    const { items } = this;
    items[0] = item;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= items.length) return;
      const right = left + 1;
      const child = right < items.length && this.#isLess(items[right]!, items[left]!) ? right : left;
      if (!this.#isLess(items[child]!, items[at]!)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #swap(a: number, b: number): void {
    const { items } = this;
    const held = items[a]!;
    items[a] = items[b]!;
    items[b] = held;
  }
}
