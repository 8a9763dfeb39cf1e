import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExpr } from "../parser/parse.ts";
import { hasShared, readShared } from "../testing/shared.ts";
import { exprToJson } from "./json.ts";
import { prettifyExpr } from "./prettify.ts";
import { formatExpr } from "./print.ts";

const experimentalFunctions = true;

interface PrintCase {
  readonly in: string;
  readonly out: string;
}

function cases(name: string): readonly PrintCase[] {
  return JSON.parse(readShared(name)) as PrintCase[];
}

describe.skipIf(!hasShared())("Prometheus' own cases", () => {
  it("are printed alike", () => {
    for (const { in: query, out } of cases("promql-printer-cases.json")) {
      expect(formatExpr(parseExpr(query, { experimentalFunctions }))).toBe(out);
    }
  });

  it("are prettified alike", () => {
    for (const { in: query, out } of cases("promql-prettier-cases.json")) {
      // The width of Prometheus' own test of it.
      expect(prettifyExpr(parseExpr(query, { experimentalFunctions }), 10)).toBe(out);
    }
  });
});

const selector = fc.constantFrom("foo", 'foo{a="b"}', '{__name__=~"f.*"}', '{"a.b"}', "foo offset 5m", "foo @ 10");
const range = fc.constantFrom(
  "foo[5m]",
  "foo[5m] @ end() offset -1h",
  "foo[1h:5m]",
  "foo[5m] smoothed",
  "foo[2 * step()]",
);
const vector: fc.Arbitrary<string> = fc.letrec((tie) => ({
  vector: fc.oneof(
    { maxDepth: 4 },
    selector,
    range.map((r) => `rate(${r})`),
    (tie("vector") as fc.Arbitrary<string>).map((v) => `sum by (a, "b c") (${v})`),
    (tie("vector") as fc.Arbitrary<string>).map((v) => `topk(3, ${v})`),
    (tie("vector") as fc.Arbitrary<string>).map((v) => `-(${v})`),
    fc
      .tuple(
        tie("vector") as fc.Arbitrary<string>,
        fc.constantFrom("+", "> bool", "and", "* on (a) group_left (c)", "- fill (2)", "^", "or ignoring (x)"),
        tie("vector") as fc.Arbitrary<string>,
      )
      .map(([a, op, b]) => `(${a}) ${op} (${b})`),
  ),
})).vector as fc.Arbitrary<string>;

describe("formatExpr", () => {
  it("gives text that means the same", () => {
    fc.assert(
      fc.property(vector, (query) => {
        const expr = parseExpr(query);
        const once = formatExpr(expr);
        expect(exprToJson(parseExpr(once))).toEqual(exprToJson(expr));
        expect(formatExpr(parseExpr(prettifyExpr(expr, 20)))).toBe(once);
      }),
    );
  });
});

describe("prettifyExpr", () => {
  it("indents all but a subquery that fits, as Prometheus does", () => {
    const query = "predict_linear(rate(foo[5m])[1h:5m], 3600)";
    expect(prettifyExpr(parseExpr(query), 25)).toBe("predict_linear(\nrate(foo[5m])[1h:5m],\n  3600\n)");
  });
});
