/** Operators on two numbers, with Go's results at the edges. */
import { bug } from "@dmon/model";
import type { BinaryOp } from "../ast.ts";
import { goPow } from "../functions/go-math.ts";

export type NumberOperation = (a: number, b: number) => number;

const ARITHMETIC: Readonly<Record<string, NumberOperation>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": goPow,
  atan2: Math.atan2,
};

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
};

export function arithmeticOf(op: BinaryOp): NumberOperation | undefined {
  return ARITHMETIC[op];
}

export function comparisonOf(op: BinaryOp): ((a: number, b: number) => boolean) | undefined {
  return COMPARISONS[op];
}

/** True where the result is no longer the metric that went in. */
export function changesMetric(op: BinaryOp): boolean {
  return ARITHMETIC[op] !== undefined;
}

/** Scalar with scalar: comparisons give 1 or 0. */
export function scalarOperation(op: BinaryOp): NumberOperation {
  const compare = COMPARISONS[op];
  if (compare !== undefined) return (a, b) => (compare(a, b) ? 1 : 0);
  return ARITHMETIC[op] ?? bug(`no scalar operator ${op}`);
}
