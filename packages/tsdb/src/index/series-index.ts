/**
 * Which series are there, and which match? Inverted index over label sets.
 *
 * A series is an id (ascending in the order of `add`) and its labels as symbol numbers in one flat array. For each name and
 * value the ids are listed in order. A selector starts from its shortest list and tests the other matchers on those series,
 * remembering the verdict on each value.
 */
import { Labels, type Matcher } from "@dmon/model";
import type { NameCount } from "../stats.ts";
import { IdMap } from "./id-map.ts";
import { type CompiledMatcher, compileMatcher } from "./matcher.ts";
import type { SymbolTable } from "./symbols.ts";

/** One id alone, which is what a unique value has, or ids in order. */
type Posting = number | number[];

let nextSerial = 1;

export class SeriesIndex {
  readonly symbols: SymbolTable;
  /** Tells it from all other indexes of this process. */
  readonly serial = nextSerial++;
  /** Grows whenever a series comes or goes: what was found before may not be all now. */
  version = 0;
  #dense = new IdMap();
  #ids: number[] = [];
  /** Series `d` has the symbols `#pool[#starts[d]] … #pool[#starts[d] + 2·#sizes[d])`: name, value, name, … */
  #starts = new Uint32Array(256);
  #sizes = new Uint8Array(256);
  #pool = new Uint32Array(4096);
  #poolLength = 0;
  #holes = 0;
  #free: number[] = [];
  #postings = new Map<number, Map<number, Posting>>();
  #byHash = new Map<number, Posting>();
  #count = 0;

  constructor(symbols: SymbolTable) {
    this.symbols = symbols;
  }

  /** Series held. */
  get size(): number {
    return this.#count;
  }

  /** One more than the largest dense number in use. */
  get capacity(): number {
    return this.#ids.length;
  }

  /** A number below {@link capacity} that names the series while it is held; -1 where it is not. */
  dense(id: number): number {
    return this.#dense.get(id);
  }

  /** The id at a dense number, -1 where it is free. */
  idAt(dense: number): number {
    return this.#ids[dense]!;
  }

  *ids(): Generator<number> {
    for (const id of this.#ids) if (id >= 0) yield id;
  }

  /**
   * @param id larger than all ids added before, or one held already (then nothing happens)
   * @returns its dense number
   */
  add(id: number, labels: Labels): number {
    const known = this.#dense.get(id);
    if (known >= 0) return known;
    const { pairs } = labels;
    const dense = this.#free.pop() ?? this.#ids.length;
    if (dense >= this.#starts.length) this.#grow();
    this.#ids[dense] = id;
    this.#dense.set(id, dense);
    if (this.#poolLength + pairs.length > this.#pool.length) this.#growPool(pairs.length);
    this.#starts[dense] = this.#poolLength;
    this.#sizes[dense] = pairs.length / 2;
    for (let i = 0; i < pairs.length; i += 2) {
      const name = this.symbols.acquireName(pairs[i]!);
      const value = this.symbols.acquire(pairs[i + 1]!);
      this.#pool[this.#poolLength++] = name;
      this.#pool[this.#poolLength++] = value;
      this.#post(name, value, id);
    }
    post(this.#byHash, this.#hash(dense), id);
    this.#count++;
    this.version++;
    return dense;
  }

  /** @param ids held or not */
  remove(ids: ReadonlySet<number>): void {
    if (ids.size === 0) return;
    const sorted = Array.from(Float64Array.from(ids).sort());
    this.version++;
    const touched = new Map<number, Set<number>>();
    const gone: number[] = [];
    for (const id of ids) {
      const dense = this.#dense.get(id);
      if (dense < 0) continue;
      const start = this.#starts[dense]!;
      const length = this.#sizes[dense]! * 2;
      for (let i = start; i < start + length; i += 2) {
        const values = touched.get(this.#pool[i]!) ?? new Set();
        touched.set(this.#pool[i]!, values.add(this.#pool[i + 1]!));
      }
      gone.push(dense);
    }
    for (const [name, values] of touched) {
      const byValue = this.#postings.get(name)!;
      for (const value of values) {
        unpost(byValue, value, sorted);
      }
      if (byValue.size === 0) this.#postings.delete(name);
    }
    for (const dense of gone) {
      const start = this.#starts[dense]!;
      const length = this.#sizes[dense]! * 2;
      unpost(this.#byHash, this.#hash(dense), sorted);
      for (let i = start; i < start + length; i++) this.symbols.release(this.#pool[i]!);
      this.#holes += length;
      this.#dense.delete(this.#ids[dense]!);
      this.#ids[dense] = -1;
      this.#sizes[dense] = 0;
      this.#free.push(dense);
      this.#count--;
    }
    if (this.#holes > 4096 && this.#holes * 2 > this.#poolLength) this.#compact();
  }

  /** Gives its symbols back; the index is not used any more. */
  dispose(): void {
    for (let dense = 0; dense < this.#ids.length; dense++) {
      const start = this.#starts[dense]!;
      for (let i = start; i < start + this.#sizes[dense]! * 2; i++) this.symbols.release(this.#pool[i]!);
    }
    this.#ids = [];
  }

  labels(id: number): Labels | undefined {
    const dense = this.#dense.get(id);
    if (dense < 0) return undefined;
    const pairs: string[] = [];
    const start = this.#starts[dense]!;
    for (let i = start; i < start + this.#sizes[dense]! * 2; i++) pairs.push(this.symbols.text(this.#pool[i]!));
    return Labels.fromSortedPairs(pairs);
  }

  /** The id of exactly these labels, or -1. */
  find(labels: Labels): number {
    const wanted = this.#symbolsOf(labels);
    const posting = wanted === undefined ? undefined : this.#byHash.get(hashOf(wanted, 0, wanted.length));
    if (posting === undefined) return -1;
    if (typeof posting === "number") return this.#hasExactly(posting, wanted!) ? posting : -1;
    return posting.find((id) => this.#hasExactly(id, wanted!)) ?? -1;
  }

  /** All ids of exactly these labels: a file may name a series under several. */
  findAll(labels: Labels): number[] {
    const wanted = this.#symbolsOf(labels);
    const posting = wanted === undefined ? undefined : this.#byHash.get(hashOf(wanted, 0, wanted.length));
    if (posting === undefined) return [];
    return (typeof posting === "number" ? [posting] : posting).filter((id) => this.#hasExactly(id, wanted!));
  }

  /** Undefined where one of them is unknown. */
  #symbolsOf(labels: Labels): number[] | undefined {
    const wanted: number[] = [];
    for (const text of labels.pairs) {
      const symbol = this.symbols.find(text);
      if (symbol < 0) return undefined;
      wanted.push(symbol);
    }
    return wanted;
  }

  /** Ids that pass all matchers, ascending. */
  select(matchers: readonly Matcher[]): number[] {
    const compiled = matchers.map(compileMatcher);
    const { candidates, used } = this.#candidates(compiled);
    const tests = compiled.filter((matcher) => matcher !== used).map((matcher) => this.#valueTest(matcher));
    if (tests.length === 0) return candidates;
    return candidates.filter((id) => tests.every((test) => test(id)));
  }

  /** Names in use, of the given series where `ids` is given. */
  labelNames(ids?: readonly number[]): Set<string> {
    if (ids === undefined) return new Set([...this.#postings.keys()].map((name) => this.symbols.text(name)));
    const names = new Set<number>();
    for (const id of ids) this.#eachPair(id, (name) => names.add(name));
    return new Set([...names].map((name) => this.symbols.text(name)));
  }

  labelValues(name: string, ids?: readonly number[]): Set<string> {
    const symbol = this.symbols.find(name);
    if (symbol < 0) return new Set();
    if (ids === undefined) {
      return new Set([...(this.#postings.get(symbol)?.keys() ?? [])].map((value) => this.symbols.text(value)));
    }
    const values = new Set<number>();
    for (const id of ids) {
      const value = this.#valueSymbol(id, symbol);
      if (value >= 0) values.add(value);
    }
    return new Set([...values].map((value) => this.symbols.text(value)));
  }

  /** Series per value of `name`, most first. */
  topValues(name: string, limit: number): NameCount[] {
    const byValue = this.#postings.get(this.symbols.find(name)) ?? new Map<number, Posting>();
    return top(
      [...byValue].map(([value, posting]) => ({ name: this.symbols.text(value), count: lengthOf(posting) })),
      limit,
    );
  }

  /** Distinct values per name, most first. */
  topNames(limit: number): NameCount[] {
    return top(
      [...this.#postings].map(([name, values]) => ({ name: this.symbols.text(name), count: values.size })),
      limit,
    );
  }

  /** Series per `name=value`, most first. */
  topPairs(limit: number): NameCount[] {
    const counts: NameCount[] = [];
    for (const [name, values] of this.#postings) {
      for (const [value, posting] of values) {
        const count = lengthOf(posting);
        if (count > 1) counts.push({ name: `${this.symbols.text(name)}=${this.symbols.text(value)}`, count });
      }
    }
    return top(counts, limit);
  }

  /** The shortest list that a matcher gives, copied; all ids where none gives one. */
  #candidates(matchers: readonly CompiledMatcher[]): { candidates: number[]; used: CompiledMatcher | undefined } {
    let best: Posting[] | undefined;
    let bestLength = Number.POSITIVE_INFINITY;
    let used: CompiledMatcher | undefined;
    const consider = (matcher: CompiledMatcher, postings: Posting[]): void => {
      const length = postings.reduce<number>((sum, posting) => sum + lengthOf(posting), 0);
      if (length >= bestLength) return;
      best = postings;
      bestLength = length;
      used = matcher;
    };
    for (const matcher of matchers) {
      if (matcher.negated || matcher.passesEmpty || matcher.literals === undefined) continue;
      consider(matcher, this.#listed(matcher.name, matcher.literals));
    }
    // Testing an expression on all values of its name pays only where that is less than testing it on the candidates.
    for (const matcher of matchers) {
      if (matcher.passesEmpty || (matcher.literals !== undefined && !matcher.negated)) continue;
      const values = this.#postings.get(this.symbols.find(matcher.name));
      if (values === undefined) return { candidates: [], used: matcher };
      if (values.size >= bestLength) continue;
      consider(
        matcher,
        [...values].filter(([value]) => matcher.passes(this.symbols.text(value))).map(([, posting]) => posting),
      );
    }
    if (best === undefined) return { candidates: [...this.ids()].sort((a, b) => a - b), used: undefined };
    const [only] = best;
    if (best.length === 1 && typeof only === "object") return { candidates: only.slice(), used };
    return { candidates: best.flat().sort((a, b) => a - b), used };
  }

  #listed(name: string, values: readonly string[]): Posting[] {
    const byValue = this.#postings.get(this.symbols.find(name));
    if (byValue === undefined) return [];
    return [...new Set(values)].flatMap((value) => {
      const posting = byValue.get(this.symbols.find(value));
      return posting === undefined ? [] : [posting];
    });
  }

  #valueTest(matcher: CompiledMatcher): (id: number) => boolean {
    const name = this.symbols.find(matcher.name);
    if (name < 0) return () => matcher.passesEmpty;
    const verdicts = new Map<number, boolean>();
    return (id) => {
      const value = this.#valueSymbol(id, name);
      if (value < 0) return matcher.passesEmpty;
      let verdict = verdicts.get(value);
      if (verdict === undefined) {
        verdict = matcher.passes(this.symbols.text(value));
        verdicts.set(value, verdict);
      }
      return verdict;
    };
  }

  #valueSymbol(id: number, name: number): number {
    const dense = this.#dense.get(id);
    const start = this.#starts[dense]!;
    const end = start + this.#sizes[dense]! * 2;
    for (let i = start; i < end; i += 2) if (this.#pool[i] === name) return this.#pool[i + 1]!;
    return -1;
  }

  #eachPair(id: number, visit: (name: number, value: number) => void): void {
    const dense = this.#dense.get(id);
    const start = this.#starts[dense]!;
    for (let i = start; i < start + this.#sizes[dense]! * 2; i += 2) visit(this.#pool[i]!, this.#pool[i + 1]!);
  }

  #hasExactly(id: number, wanted: readonly number[]): boolean {
    const dense = this.#dense.get(id);
    if (this.#sizes[dense]! * 2 !== wanted.length) return false;
    const start = this.#starts[dense]!;
    return wanted.every((symbol, i) => this.#pool[start + i] === symbol);
  }

  #post(name: number, value: number, id: number): void {
    let byValue = this.#postings.get(name);
    if (byValue === undefined) {
      byValue = new Map();
      this.#postings.set(name, byValue);
    }
    post(byValue, value, id);
  }

  #hash(dense: number): number {
    const start = this.#starts[dense]!;
    return hashOf(this.#pool, start, start + this.#sizes[dense]! * 2);
  }

  #grow(): void {
    const starts = new Uint32Array(this.#starts.length * 2);
    starts.set(this.#starts);
    this.#starts = starts;
    const sizes = new Uint8Array(starts.length);
    sizes.set(this.#sizes);
    this.#sizes = sizes;
  }

  #growPool(extra: number): void {
    const pool = new Uint32Array(Math.max(this.#pool.length * 2, this.#poolLength + extra));
    pool.set(this.#pool.subarray(0, this.#poolLength));
    this.#pool = pool;
  }

  #compact(): void {
    const pool = new Uint32Array(Math.max(4096, (this.#poolLength - this.#holes) * 2));
    let length = 0;
    for (let dense = 0; dense < this.#ids.length; dense++) {
      const start = this.#starts[dense]!;
      const size = this.#sizes[dense]! * 2;
      pool.set(this.#pool.subarray(start, start + size), length);
      this.#starts[dense] = length;
      length += size;
    }
    this.#pool = pool;
    this.#poolLength = length;
    this.#holes = 0;
  }
}

function top(counts: NameCount[], limit: number): NameCount[] {
  return counts.sort((a, b) => b.count - a.count).slice(0, limit);
}

function lengthOf(posting: Posting): number {
  return typeof posting === "number" ? 1 : posting.length;
}

function lowerBound(sorted: readonly number[], value: number): number {
  let lo = 0;
  let hi = sorted.length;
  while (lo < hi) {
    const middle = (lo + hi) >>> 1;
    if (sorted[middle]! < value) lo = middle + 1;
    else hi = middle;
  }
  return lo;
}

function post(postings: Map<number, Posting>, key: number, id: number): void {
  const posting = postings.get(key);
  if (posting === undefined) postings.set(key, id);
  else if (typeof posting === "number") postings.set(key, posting < id ? [posting, id] : [id, posting]);
  else if (posting[posting.length - 1]! < id) posting.push(id);
  else posting.splice(lowerBound(posting, id), 0, id);
}

/** @param gone ascending. A posting that a reader holds across a yield stays as it is. */
function unpost(postings: Map<number, Posting>, key: number, gone: readonly number[]): void {
  const posting = postings.get(key);
  if (posting === undefined) return;
  const all = typeof posting === "number" ? [posting] : posting;
  const from = lowerBound(all, gone[0]!);
  const rest = all.slice(0, from);
  // Both in order: one pass, as series leave by thousands out of hundreds of thousands.
  let next = 0;
  for (let i = from; i < all.length; i++) {
    const id = all[i]!;
    while (next < gone.length && gone[next]! < id) next++;
    if (gone[next] !== id) rest.push(id);
  }
  if (rest.length === 0) postings.delete(key);
  else postings.set(key, rest.length === 1 ? rest[0]! : rest);
}

/** FNV-1a over whole symbol numbers, 30 bits so that it stays a small integer. */
function hashOf(symbols: ArrayLike<number>, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ symbols[i]!, 0x01000193) ^ (hash >>> 15);
  return hash & 0x3fffffff;
}
