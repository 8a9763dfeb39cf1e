import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRegex, matcherPredicate, regexPredicate } from "./matcher.ts";

describe("regexPredicate", () => {
  it.each([
    ["(?i:FOO)", "foo", true],
    ["[[:alpha:]]+", "abc", true],
    ["[[:alpha:]]+", "ab1", false],
    ["a.c", "a\nc", true],
    ["foo", "foobar", false],
    ["foo.*", "foobar", true],
    ["foo.+", "foo", false],
    ["a|b|", "", true],
    ["api\\.v1", "api.v1", true],
  ])("%s on %j", (expression, value, matches) => {
    expect(regexPredicate(expression)(value)).toBe(matches);
  });

  it("takes shortcuts that change nothing", () => {
    const part = fc.constantFrom("a", "b", "foo", "-", "_", "|", ".*", ".+", "é");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.array(part, { maxLength: 4 }), (pattern, value) => {
        const expression = pattern.join("");
        const regex = compileRegex(expression, `^(?s:${expression})$`);
        expect(regexPredicate(expression)(value.join(""))).toBe(regex.matches(value.join("")));
      }),
    );
  });
});

describe("matcherPredicate", () => {
  it("lets an empty value stand for a missing label", () => {
    expect(matcherPredicate({ type: "!=", name: "a", value: "b" })("")).toBe(true);
    expect(matcherPredicate({ type: "!~", name: "a", value: ".+" })("")).toBe(true);
    expect(matcherPredicate({ type: "=~", name: "a", value: ".+" })("")).toBe(false);
  });
});
