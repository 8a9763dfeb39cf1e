/**
 * Label matchers made ready: `=`, `!=`, `=~`, `!~`. Regular expressions are RE2 (`re2js`), anchored at both ends, and `.`
 * matches a line break too, as in Prometheus. The forms that dashboards are made of (`a|b|c`, `node.*`, `.+`) need no engine.
 */
import { DmonError, type Matcher } from "@dmon/model";
import { RE2JS } from "re2js";

export interface CompiledMatcher {
  readonly name: string;
  /** True for `!=` and `!~`. */
  readonly negated: boolean;
  /** Whether a series without the label passes. */
  readonly passesEmpty: boolean;
  /** All values that can match before negation, where they can be listed. */
  readonly literals: readonly string[] | undefined;
  passes(value: string): boolean;
}

/** @throws {DmonError} `bad_regex` */
export function compileMatcher({ type, name, value }: Matcher): CompiledMatcher {
  const negated = type === "!=" || type === "!~";
  const literals = type === "=" || type === "!=" ? [value] : listedAlternatives(value);
  const test = literals === undefined ? regexTest(value) : listTest(literals);
  const passes = negated ? (text: string) => !test(text) : test;
  return { name, negated, literals, passes, passesEmpty: passes("") };
}

function listTest(literals: readonly string[]): (text: string) => boolean {
  const [first] = literals;
  if (literals.length === 1) return (text) => text === first;
  const set = new Set(literals);
  return (text) => set.has(text);
}

const SPECIAL = /[\\.+*?()|[\]{}^$]/;

/** The alternatives of `a|b|c`, where none holds anything special. */
function listedAlternatives(pattern: string): string[] | undefined {
  const parts = pattern.split("|");
  return parts.some((part) => SPECIAL.test(part)) ? undefined : parts;
}

/** `lit.*`, `.*lit`, `.*lit.*` and the same with `.+`: where the middle is plain. */
const AFFIXED = /^(\.[*+])?([^\\.+*?()|[\]{}^$]*)(\.[*+])?$/;

function regexTest(pattern: string): (text: string) => boolean {
  const affixed = AFFIXED.exec(pattern);
  if (affixed !== null) {
    const [, before, middle = "", after] = affixed;
    const atLeastBefore = before === ".+" ? 1 : 0;
    const atLeastAfter = after === ".+" ? 1 : 0;
    if (before === undefined) {
      return (text) => text.startsWith(middle) && text.length >= middle.length + atLeastAfter;
    }
    if (after === undefined) return (text) => text.endsWith(middle) && text.length >= middle.length + atLeastBefore;
    return (text) => {
      const at = text.indexOf(middle, atLeastBefore);
      return at >= 0 && text.length >= at + middle.length + atLeastAfter;
    };
  }
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
    return (text) => compiled.testExact(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DmonError("bad_regex", `not a valid RE2 expression: ${JSON.stringify(pattern)}: ${reason}`, { cause });
  }
}
