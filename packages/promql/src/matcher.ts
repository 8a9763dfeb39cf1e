/**
 * Matchers at work: RE2 expressions, anchored at both ends, with shortcuts for those that people write most: a literal, a list
 * of literals (`a|b|c`), a prefix (`a.*`, `a.+`), anything.
 *
 * Source: RE2 syntax (github.com/google/re2/wiki/Syntax) by re2js; Go compiles matchers as `^(?s:…)$`.
 */
import { DmonError, type Matcher, messageOf } from "@dmon/model";
import { RE2JS } from "re2js";
import { RecentCache } from "./recent.ts";

export type ValuePredicate = (value: string) => boolean;

const LITERAL = /^[\p{L}\p{N}_ \-:/,;@#%&=<>!~"'`]*$/u;
const recent = new RecentCache<ValuePredicate>(1000);

/**
 * @returns a test for the whole value
 * @throws {DmonError} `bad_query` with Go's text where the expression is not RE2
 */
export function regexPredicate(expression: string): ValuePredicate {
  const known = recent.get(expression);
  if (known !== undefined) return known;
  const predicate = shortcut(expression) ?? compiled(expression);
  recent.set(expression, predicate);
  return predicate;
}

function shortcut(expression: string): ValuePredicate | undefined {
  if (LITERAL.test(expression)) return (value) => value === expression;
  if (expression === ".*") return () => true;
  if (expression === ".+") return (value) => value !== "";
  const alternatives = expression.split("|");
  if (alternatives.length > 1 && alternatives.every((one) => LITERAL.test(one))) {
    const set = new Set(alternatives);
    return (value) => set.has(value);
  }
  const prefix = expression.slice(0, -2);
  if (!LITERAL.test(prefix)) return undefined;
  if (expression.endsWith(".*")) return (value) => value.startsWith(prefix);
  if (expression.endsWith(".+")) return (value) => value.length > prefix.length && value.startsWith(prefix);
  return undefined;
}

function compiled(expression: string): ValuePredicate {
  const regex = compileRegex(expression, `^(?s:${expression})$`);
  return (value) => regex.matches(value);
}

/** @throws {DmonError} `bad_query` */
export function compileRegex(expression: string, wrapped: string): RE2JS {
  try {
    // Alone first: `a)(b` must not become valid by what is wrapped around it.
    RE2JS.compile(expression);
    return RE2JS.compile(wrapped);
  } catch (error) {
    throw new DmonError("bad_query", messageOf(error), { cause: error });
  }
}

/** @throws {DmonError} `bad_query` */
export function matcherPredicate(matcher: Matcher): ValuePredicate {
  const { value } = matcher;
  switch (matcher.type) {
    case "=":
      return (other) => other === value;
    case "!=":
      return (other) => other !== value;
    case "=~":
      return regexPredicate(value);
    case "!~": {
      const matches = regexPredicate(value);
      return (other) => !matches(other);
    }
  }
}
