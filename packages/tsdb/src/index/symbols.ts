/**
 * Interned strings: label names and values are kept once and named by a number. Counted, so that the values of series that
 * are gone (pods, request ids) leave too.
 */
import { internalized } from "@dmon/model";

export class SymbolTable {
  #ids = new Map<string, number>();
  #texts: (string | undefined)[] = [];
  #uses = new Uint32Array(1024);
  #free: number[] = [];

  /** Distinct strings held. */
  get size(): number {
    return this.#ids.size;
  }

  /**
   * The number of the name of a label. V8 compares two strings from its own table by address, and all others by their
   * characters: names are few, and each look for a label compares with some of them.
   */
  acquireName(name: string): number {
    return this.acquire(this.#ids.has(name) ? name : internalized(name));
  }

  /** The number of `text`, made if need be, used once more. */
  acquire(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#free.pop() ?? this.#texts.length;
      if (id >= this.#uses.length) {
        const uses = new Uint32Array(this.#uses.length * 2);
        uses.set(this.#uses);
        this.#uses = uses;
      }
      this.#texts[id] = text;
      this.#ids.set(text, id);
    }
    this.#uses[id]!++;
    return id;
  }

  release(id: number): void {
    if (--this.#uses[id]! > 0) return;
    this.#ids.delete(this.#texts[id]!);
    this.#texts[id] = undefined;
    this.#free.push(id);
  }

  /** -1 where the string is not held. */
  find(text: string): number {
    return this.#ids.get(text) ?? -1;
  }

  text(id: number): string {
    return this.#texts[id]!;
  }
}
