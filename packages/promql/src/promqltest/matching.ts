/**
 * Tells whether a label set satisfies matchers. Used by the in-memory storage, where a scan over all series is fast enough.
 *
 * Regular expressions are RE2 and anchored at both ends; a missing label has the value "".
 */
import { DmonError, type Labels, type Matcher, messageOf } from "@dmon/model";
import { RE2JS } from "re2js";

/**
 * @returns a predicate over label sets that holds where all matchers hold
 * @throws {DmonError} `bad_regex`
 */
export function labelPredicate(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, holds: valuePredicate(matcher) }));
  return (labels) => tests.every((test) => test.holds(labels.get(test.name)));
}

function valuePredicate(matcher: Matcher): (value: string) => boolean {
  const { type, value: wanted } = matcher;
  if (type === "=") return (value) => value === wanted;
  if (type === "!=") return (value) => value !== wanted;
  const pattern = compile(wanted);
  return type === "=~" ? (value) => pattern.matches(value) : (value) => !pattern.matches(value);
}

function compile(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression, RE2JS.DOTALL);
  } catch (error) {
    throw new DmonError("bad_regex", `error parsing regexp: ${messageOf(error)}`, { cause: error });
  }
}
