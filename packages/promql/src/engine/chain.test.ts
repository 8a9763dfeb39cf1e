import { Labels, type QueryValue, runToEnd } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { walkExpr } from "../ast.ts";
import { parseExpr } from "../parser/parse.ts";
import { exprToJson } from "../printer/json.ts";
import { prettifyExpr } from "../printer/prettify.ts";
import { formatExpr } from "../printer/print.ts";
import { MemoryStorage } from "../promqltest/storage.ts";
import { createPromqlEngine } from "./engine.ts";

/** Terms of the longest chains here; Prometheus takes as many. */
const TERMS = 10_000;

function storage(): MemoryStorage {
  const stored = new MemoryStorage();
  for (const id of ["a", "b"]) {
    for (let i = 0; i <= 4; i++) stored.appendFloat(Labels.from({ __name__: "m", id }), i * 15_000, i + 1);
  }
  return stored;
}

function valuesOf(value: QueryValue): readonly (readonly number[])[] {
  if (value.type !== "matrix") throw new Error(value.type);
  return value.series.map((series) => [...series.values]);
}

function range(query: string): readonly (readonly number[])[] {
  const engine = createPromqlEngine(storage());
  return valuesOf(runToEnd(engine.range({ query, startMs: 0, endMs: 60_000, stepMs: 30_000 })).value);
}

function repeated(first: string, rest: string, terms = TERMS): string {
  return first + rest.repeat(terms - 1);
}

describe("a chain of thousands of operators", () => {
  it.each([
    ["scalars", repeated("1", " + 1"), [[TERMS, TERMS, TERMS]]],
    ["a vector and scalars", repeated("m{id='a'}", " + 1"), [[TERMS, TERMS + 2, TERMS + 4]]],
    ["scalars and a vector", `${repeated("1", " + 1")} + m{id='a'}`, [[TERMS + 1, TERMS + 3, TERMS + 5]]],
    ["a vector and comparisons", repeated("m{id='a'}", " > 2"), [[3, 5]]],
    [
      "vectors",
      repeated("m", " + m", 1000),
      [
        [1000, 3000, 5000],
        [1000, 3000, 5000],
      ],
    ],
    [
      "or",
      repeated("m{id='a'}", " or m{id='b'}", 1000),
      [
        [1, 3, 5],
        [1, 3, 5],
      ],
    ],
    ["and", repeated("m", " and m{id='b'}", 1000), [[1, 3, 5]]],
    [
      "what is the same at each step, and a vector",
      `${repeated("m @ 0", " * 1", 300)} + m`,
      [
        [2, 4, 6],
        [2, 4, 6],
      ],
    ],
    [
      "a chain within a call within a chain",
      `abs(${repeated("m", " - 1", 300)})${" + 1".repeat(298)}`,
      [
        [596, 594, 592],
        [596, 594, 592],
      ],
    ],
  ])("of %s has its value", (_of, query, wanted) => {
    expect(range(query)).toEqual(wanted);
  });

  it("is what its parts in parentheses are", () => {
    let plain = "m";
    let nested = "m";
    for (let i = 0; i < 200; i++) {
      const term = `${i % 2 === 0 ? "*" : "/"} ${i % 7 === 3 ? "m" : (i % 11) + 1}`;
      plain = `${plain} ${term}`;
      nested = `(${nested}) ${term}`;
    }
    expect(range(plain)).toEqual(range(nested));
  });

  it("is printed, and walked", () => {
    const query = repeated("foo", " + foo");
    const expr = parseExpr(query);
    expect(formatExpr(expr)).toBe(query);
    expect(prettifyExpr(expr)).toBe(query);
    let selectors = 0;
    walkExpr(expr, (node) => {
      if (node.type === "vectorSelector") selectors++;
    });
    expect(selectors).toBe(TERMS);
    let depth = 0;
    for (let node = exprToJson(expr); node.lhs !== undefined; node = node.lhs as typeof node) depth++;
    expect(depth).toBe(TERMS - 1);
  });

  it("leaves parentheses their limit", () => {
    expect(() => parseExpr(`${"(".repeat(1001)}1${")".repeat(1001)}`)).toThrow("nested more than 1000 levels deep");
    expect(() => parseExpr(`${"1 + (".repeat(1001)}1${")".repeat(1001)}`)).toThrow("nested more than 1000 levels deep");
  });
});
