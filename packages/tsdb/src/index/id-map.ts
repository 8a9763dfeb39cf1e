/**
 * Series id → a dense number, in pages of 4,096 ids. Ids only grow; pages whose series are all gone are dropped, so memory
 * follows what is held and not what ever was.
 */
const PAGE_BITS = 12;
const PAGE_SIZE = 1 << PAGE_BITS;

interface Page {
  readonly slots: Int32Array;
  used: number;
}

export class IdMap {
  #pages = new Map<number, Page>();
  #lastNumber = -1;
  #lastPage: Page | undefined;

  /** -1 where the id is not held. */
  get(id: number): number {
    const page = this.#page(Math.floor(id / PAGE_SIZE));
    return page === undefined ? -1 : page.slots[id % PAGE_SIZE]!;
  }

  set(id: number, value: number): void {
    const number = Math.floor(id / PAGE_SIZE);
    let page = this.#page(number);
    if (page === undefined) {
      page = { slots: new Int32Array(PAGE_SIZE).fill(-1), used: 0 };
      this.#pages.set(number, page);
      this.#lastNumber = -1;
    }
    if (page.slots[id % PAGE_SIZE] === -1) page.used++;
    page.slots[id % PAGE_SIZE] = value;
  }

  delete(id: number): void {
    const number = Math.floor(id / PAGE_SIZE);
    const page = this.#page(number);
    if (page === undefined || page.slots[id % PAGE_SIZE] === -1) return;
    page.slots[id % PAGE_SIZE] = -1;
    if (--page.used === 0) {
      this.#pages.delete(number);
      this.#lastNumber = -1;
    }
  }

  #page(number: number): Page | undefined {
    if (number !== this.#lastNumber) {
      this.#lastNumber = number;
      this.#lastPage = this.#pages.get(number);
    }
    return this.#lastPage;
  }
}
