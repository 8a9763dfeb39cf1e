/** A set of series ids as bits, in pages of 4,096: ids are dense in time, so a day of a million series takes 125 KB. */
const PAGE = 4096;

export class IdSet {
  #pages = new Map<number, Uint8Array>();

  has(id: number): boolean {
    const page = this.#pages.get(Math.floor(id / PAGE));
    return page !== undefined && (page[(id % PAGE) >>> 3]! & (1 << (id & 7))) !== 0;
  }

  add(id: number): void {
    const number = Math.floor(id / PAGE);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Uint8Array(PAGE / 8);
      this.#pages.set(number, page);
    }
    page[(id % PAGE) >>> 3]! |= 1 << (id & 7);
  }
}
