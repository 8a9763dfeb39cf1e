import { describe, expect, it } from "vitest";
import { walkExpr } from "../ast.ts";
import { parseExpr } from "../parser/parse.ts";
import { formatExpr } from "../printer/print.ts";
import { findInvariant, findUnreadNames, resolveExpr } from "./plan.ts";

const TIME = { startMs: 50_000, endMs: 60_000, stepMs: 5000 };

function resolved(query: string): string {
  return formatExpr(resolveExpr(query, parseExpr(query, { experimentalFunctions: true }), TIME));
}

describe("resolveExpr", () => {
  it.each([
    ["foo[step() + 1]", "foo[6s]"],
    ["foo[1 + (STEP() - 5) * 2 + range()]", "foo[11s]"],
    ["foo[min_of(step(), 2s):max_of(1s, 100ms)]", "foo[2s:1s]"],
    ["foo offset -(step() ^ 2)", "foo offset -25s"],
    ["foo @ start() - foo @ end()", "foo @ 50.000 - foo @ 60.000"],
    ["vector(end() - start()) * step() / range()", "vector(60 - 50) * 5 / 10"],
  ])("settles %s", (query, text) => {
    expect(resolved(query)).toBe(text);
  });

  it.each([
    ["foo[5s - step()]", "1:5: parse error: duration must be greater than 0"],
    ["foo[1m / (step() - 5)]", "1:5: parse error: division by zero"],
    ["foo offset (step() % (step() - 5))", "1:13: parse error: modulo by zero"],
  ])("refuses %s", (query, message) => {
    expect(() => resolved(query)).toThrow(message);
  });
});

describe("findInvariant", () => {
  it.each([
    ["foo", []],
    ["foo @ 10", ["foo @ 10.000"]],
    ["sum(rate(foo[5m] @ 10)) + 1", ["sum(rate(foo[5m] @ 10.000)) + 1"]],
    ["foo + sum(bar @ 10)", ["sum(bar @ 10.000)"]],
    ["timestamp(foo @ 10)", ["foo @ 10.000"]],
    ["max_over_time((foo @ 10)[5m:1m])", ["(foo @ 10.000)"]],
    ["max_over_time(foo[5m:1m] @ 10)", ["max_over_time(foo[5m:1m] @ 10.000)"]],
    ["vector(time()) + (foo @ 10 > 2)", ["(foo @ 10.000 > 2)"]],
  ])("finds in %s what is the same at every step", (query, texts) => {
    const expr = parseExpr(query);
    const invariant = findInvariant(expr);
    const found: string[] = [];
    walkExpr(expr, (node) => {
      if (invariant.has(node)) found.push(formatExpr(node));
    });
    expect(found).toEqual(texts);
  });
});

describe("findUnreadNames", () => {
  it.each([
    ["sum by (a) (rate(foo[5m]))", ["rate(foo[5m])"]],
    ["sum((rate(foo[5m]))) / max(bar)", ["rate(foo[5m])", "bar"]],
    ["sum by (__name__) (rate(foo[5m]))", []],
    ["sum by (a, __type__) (rate(foo[5m]))", []],
    ["sum without (a) (rate(foo[5m]))", []],
    ["topk(3, rate(foo[5m]))", []],
    ["count_values('v', rate(foo[5m]))", []],
  ])("of %s", (query, unread) => {
    expect([...findUnreadNames(parseExpr(query))].map(formatExpr)).toEqual(unread);
  });
});
