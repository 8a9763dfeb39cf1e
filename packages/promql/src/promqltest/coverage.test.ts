/** The project's own scripts must use every function, aggregation and operator of the language. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Expr, walkExpr } from "../ast.ts";
import { allFunctionSignatures } from "../functions/signatures.ts";
import { parseExpr } from "../parser/parse.ts";
import { AGGREGATORS } from "../parser/tokens.ts";
import { parseScript } from "./script.ts";

const OWN = fileURLToPath(new URL("../../fixtures/promqltest/", import.meta.url));
const OPERATORS = "+ - * / % ^ atan2 == != > < >= <= and or unless </ >/".split(" ");

function used(): Set<string> {
  const names = new Set<string>();
  const note = (expr: Expr) => {
    if (expr.type === "call") names.add(expr.func);
    else if (expr.type === "aggregate" || expr.type === "binary") names.add(expr.op);
  };
  for (const file of readdirSync(OWN)) {
    for (const command of parseScript(readFileSync(`${OWN}${file}`, "utf8"))) {
      if (command.kind === "eval") walkExpr(parseExpr(command.query, { experimentalFunctions: true }), note);
    }
  }
  return names;
}

describe("the project's own scripts use", () => {
  const names = used();
  const missing = (all: Iterable<string>) => [...all].filter((name) => !names.has(name));

  it("every function", () => {
    expect(missing(allFunctionSignatures().map(({ name }) => name))).toEqual([]);
  });

  it("every aggregation", () => {
    expect(missing(AGGREGATORS)).toEqual([]);
  });

  it("every operator", () => {
    expect(missing(OPERATORS)).toEqual([]);
  });
});
