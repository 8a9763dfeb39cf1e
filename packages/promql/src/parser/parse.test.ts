import { isDmonError } from "@dmon/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasShared, readShared } from "../testing/shared.ts";
import { parseExpr, parseSelector } from "./parse.ts";

function errorOf(text: string, options = {}): string {
  try {
    parseExpr(text, options);
  } catch (error) {
    if (isDmonError(error, "bad_query")) return error.message;
    throw error;
  }
  return "";
}

// Texts and positions as a Prometheus 3.5.3 gives them.
const ERRORS: readonly (readonly [query: string, error: string])[] = [
  ["", "unknown position: parse error: no expression found in input"],
  ["1+", "1:3: parse error: unexpected end of input"],
  ["(1))", "1:5: parse error: unexpected right parenthesis ')'"],
  ["foo[5m", "1:7: parse error: unclosed left bracket"],
  ["foo[5m][5m]", "1:8: parse error: ranges only allowed for vector selectors"],
  ['foo{a=~"("}', "1:5: parse error: error parsing regexp: missing closing ): `(`"],
  ['foo{a=~"a)(b"}', "1:5: parse error: error parsing regexp: unexpected ): `a)(b`"],
  ["sum by (x)(foo bar)", '1:16: parse error: unexpected identifier "bar" in aggregation'],
  ["sum some_metric", '1:5: parse error: unexpected identifier "some_metric"'],
  ["a\n\n\tb", '3:2: parse error: unexpected identifier "b"'],
  ["é", "1:1: parse error: unexpected character: 'é'"],
  ['foo{a="é"} bar', '1:13: parse error: unexpected identifier "bar"'],
  ["foo + on(x) group_left(x) bar", '1:5: parse error: label "x" must not occur in ON and GROUP clause at once'],
  ["1 > 2", "1:3: parse error: comparisons between scalars must use BOOL modifier"],
  ["sum(nonsense(foo)", '1:5: parse error: unknown function with name "nonsense"'],
  ["topk(1, == foo)", "1:7: parse error: trailing commas not allowed in function call args"],
  ["a * on (x) group_left, b", '1:22: parse error: unexpected "," in grouping opts, expected "("'],
  ["rate(foo)", '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
  ["info(foo)", '1:1: parse error: function "info" is not enabled'],
  [
    "limitk(1, foo)",
    "1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions",
  ],
];

describe("parseExpr", () => {
  it.each(ERRORS)("refuses %j", (query, error) => {
    expect(errorOf(query)).toBe(error);
  });

  it.each(["(", "-", "1+", "2^", "abs(", "foo[("])("refuses an endless row of %j", (part) => {
    expect(errorOf(part.repeat(100_000))).toMatch(/nested more than 1000 levels|unexpected/);
  });

  it("answers any text with a tree or an error that names a place", () => {
    const part = fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.constantFrom("foo", "sum", "rate(", ")", "[5m", "]", "{a=", "+", "by"),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        const error = errorOf(parts.join(""));
        if (error !== "") expect(error).toMatch(/^(?:\d+:\d+|unknown position): parse error: ./);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes keywords as names where nothing else is meant", () => {
    for (const query of [
      "sum",
      "fill + fill(0) fill_left",
      "fill_right + fill",
      "a + fill_left (1) fill_right",
      'a == bool on (b) fill{c="d"}',
      "a / fill offset 5m",
      "offset offset 5m",
      "sum(sum) by (sum)",
      "step{range='a'}",
    ]) {
      expect(errorOf(query)).toBe("");
    }
  });

  it.each([
    ["0x7fffffffffffffff", 2 ** 63],
    ["0777777777777777777777", 2 ** 63],
    ["01777777777777777777777", 1.7777777777777778e21],
    ["0x1_f", 31],
    ["0_7", 7],
  ])("reads %s as Go does", (text, value) => {
    expect(parseExpr(text)).toMatchObject({ type: "number", value });
  });

  it("refuses hexadecimal numbers that no int64 holds", () => {
    expect(errorOf("0x8000000000000000")).toContain("invalid syntax");
  });

  it("lets a duration after offset end at the literal", () => {
    expect(parseExpr("foo offset -2^2")).toMatchObject({ type: "binary", op: "^", left: { offset: { ms: -2000 } } });
  });

  it("refuses parts of the language that are switched off", () => {
    expect(errorOf("foo[2*5m]", { durationExpressions: false })).toContain("not enabled");
    expect(errorOf("foo anchored", { extendedRangeSelectors: false })).toContain("not enabled");
    expect(errorOf("a + fill(0) b", { fillModifiers: false })).toContain("not enabled");
  });

  it.skipIf(!hasShared())("agrees with all cases of Prometheus' parser", () => {
    const cases = JSON.parse(readShared("promql-parse-cases.json")) as { input: string; fail: boolean; err: string }[];
    const wrong = cases.filter(({ input, fail, err }) => {
      // The two cases of invalid UTF-8 hold the byte 0xff, which JSON cannot; text that was decoded has U+FFFD there.
      const message = errorOf(err?.includes("invalid UTF-8") ? input.replace("ÿ", "\ufffd") : input, {
        experimentalFunctions: true,
      });
      return fail ? !message.includes(err) : message !== "";
    });
    expect(cases.length).toBeGreaterThan(300);
    expect(wrong).toEqual([]);
  });
});

describe("parseSelector", () => {
  it("gives the matchers", () => {
    expect(parseSelector('foo{a!~"b.*"}')).toEqual([
      { type: "!~", name: "a", value: "b.*" },
      { type: "=", name: "__name__", value: "foo" },
    ]);
  });

  it.each(["rate(foo[5m])", "foo[5m]", "foo + bar", "1", '{a=""}', "{}"])("refuses %j", (text) => {
    expect(() => parseSelector(text)).toThrow();
  });
});
