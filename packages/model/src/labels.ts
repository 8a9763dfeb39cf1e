/**
 * Label sets: the identity of a series.
 *
 * A label set is immutable, sorted by name and holds no empty value (an empty value means "no such label").
 * It is stored flat, `[name0, value0, name1, value1, …]`: one array a series instead of one object a label.
 */

/** The label that carries the metric's name. */
export const METRIC_NAME = "__name__";

/** Separates names and values in {@link Labels.key}; it cannot stand in valid UTF-8 text of a label. */
const SEPARATOR = "\xff";

export class Labels {
  static readonly EMPTY: Labels = new Labels([]);

  /** Flat pairs, sorted by name (UTF-16 order), no duplicate names, no empty values. Not to be changed. */
  readonly pairs: readonly string[];
  #key: string | undefined;

  private constructor(pairs: readonly string[]) {
    this.pairs = pairs;
  }

  /**
   * Takes pairs that the caller guarantees to be sorted, unique and without empty values; the array is kept, not copied.
   * This is the fast path for a decoder that has checked them already.
   */
  static fromSortedPairs(pairs: readonly string[]): Labels {
    return pairs.length === 0 ? Labels.EMPTY : new Labels(pairs);
  }

  /** Sorts, drops empty values; of a name given twice the last value stays. */
  static from(labels: Readonly<Record<string, string>> | Iterable<readonly [string, string]>): Labels {
    const entries = Symbol.iterator in labels ? labels : Object.entries(labels);
    const byName = new Map<string, string>();
    for (const [name, value] of entries) byName.set(name, value);
    const names = [...byName.keys()].filter((name) => byName.get(name) !== "").sort(compareStrings);
    return Labels.fromSortedPairs(names.flatMap((name) => [name, byName.get(name)!]));
  }

  /** Number of labels. */
  get size(): number {
    return this.pairs.length / 2;
  }

  /** The value of `name`, or "" where the set has no such label. */
  get(name: string): string {
    const { pairs } = this;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1]!;
    return "";
  }

  has(name: string): boolean {
    return this.get(name) !== "";
  }

  /** The metric's name, or "". */
  get name(): string {
    return this.get(METRIC_NAME);
  }

  /** A string that is equal for equal label sets and for no others. Computed once. */
  get key(): string {
    this.#key ??= this.pairs.join(SEPARATOR);
    return this.#key;
  }

  equals(other: Labels): boolean {
    return this === other || this.key === other.key;
  }

  /** A copy with `name` set to `value`; an empty value removes the label. */
  with(name: string, value: string): Labels {
    const { pairs } = this;
    const out: string[] = [];
    let placed = value === "";
    for (let i = 0; i < pairs.length; i += 2) {
      const here = pairs[i]!;
      if (!placed && compareStrings(name, here) < 0) {
        out.push(name, value);
        placed = true;
      }
      if (here === name) {
        if (!placed) out.push(name, value);
        placed = true;
      } else out.push(here, pairs[i + 1]!);
    }
    if (!placed) out.push(name, value);
    return Labels.fromSortedPairs(out);
  }

  /** A copy without `name`. */
  without(name: string): Labels {
    return this.has(name) ? this.with(name, "") : this;
  }

  /** A copy with the named labels only. */
  keep(names: ReadonlySet<string>): Labels {
    return this.#filtered((name) => names.has(name));
  }

  /** A copy without the named labels. */
  drop(names: ReadonlySet<string>): Labels {
    return this.#filtered((name) => !names.has(name));
  }

  #filtered(wanted: (name: string) => boolean): Labels {
    const { pairs } = this;
    const out: string[] = [];
    for (let i = 0; i < pairs.length; i += 2) if (wanted(pairs[i]!)) out.push(pairs[i]!, pairs[i + 1]!);
    return out.length === pairs.length ? this : Labels.fromSortedPairs(out);
  }

  *[Symbol.iterator](): Generator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.pairs.length; i += 2) yield [this.pairs[i]!, this.pairs[i + 1]!];
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this);
  }

  toJSON(): Record<string, string> {
    return this.toObject();
  }

  /** As Prometheus prints it: `name{a="b"}`, with names that are not legacy identifiers quoted. */
  toString(): string {
    const name = this.name;
    const bare = name !== "" && isLegacyMetricName(name);
    const parts: string[] = name !== "" && !bare ? [quoteLabelValue(name)] : [];
    for (const [label, value] of this) {
      if (label === METRIC_NAME) continue;
      parts.push(`${isLegacyLabelName(label) ? label : quoteLabelValue(label)}=${quoteLabelValue(value)}`);
    }
    if (bare && parts.length === 0) return name;
    return `${bare ? name : ""}{${parts.join(", ")}}`;
  }
}

/**
 * The same text as V8 keeps the keys of objects, once each: two of those are compared by address, all others by their
 * characters. For names that are compared again and again.
 */
export function internalized(text: string): string {
  return Object.keys({ [text]: 0 })[0]!;
}

/** Order of label names and values: by UTF-16 code unit, the one order used everywhere. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order of whole label sets, as Prometheus' `labels.Compare`: pair by pair, a shorter prefix first. */
export function compareLabels(a: Labels, b: Labels): number {
  const length = Math.min(a.pairs.length, b.pairs.length);
  for (let i = 0; i < length; i++) {
    const order = compareStrings(a.pairs[i]!, b.pairs[i]!);
    if (order !== 0) return order;
  }
  return a.pairs.length - b.pairs.length;
}

const LEGACY_METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** True for a name that may stand unquoted before `{`. */
export function isLegacyMetricName(name: string): boolean {
  return LEGACY_METRIC_NAME.test(name);
}

/** True for a label name that may stand unquoted within braces. */
export function isLegacyLabelName(name: string): boolean {
  return LEGACY_LABEL_NAME.test(name);
}

/** A Go-quoted string (`strconv.Quote`): printable characters stay, control characters become `\n`, `\x01`, … */
export function quoteLabelValue(value: string): string {
  let out = '"';
  for (const char of value) {
    const escaped = GO_ESCAPES[char];
    const code = char.codePointAt(0)!;
    if (escaped !== undefined) out += escaped;
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (isPrintable(char, code)) out += char;
    else if (code < 0x10000) out += `\\u${code.toString(16).padStart(4, "0")}`;
    else out += `\\U${code.toString(16).padStart(8, "0")}`;
  }
  return `${out}"`;
}

const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/u;

function isPrintable(char: string, code: number): boolean {
  return code < 0x7f || !NOT_PRINTABLE.test(char);
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};
