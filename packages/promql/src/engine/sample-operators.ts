/** Operators on two samples, each a float or a native histogram. Source: prometheus `vectorElemBinop`. */
import type { FloatHistogram } from "@dmon/model";
import type { BinaryOp, Span } from "../ast.ts";
import {
  addHistograms,
  asGauge,
  type CombinedHistogram,
  compact,
  divideHistogram,
  equalHistograms,
  multiplyHistogram,
  subtractHistograms,
  trimAbove,
  trimBelow,
} from "../histogram/index.ts";
import type { Notes } from "./notes.ts";
import { arithmeticOf, comparisonOf } from "./operators.ts";
import { HISTOGRAM, type Series } from "./series.ts";

/** A histogram where `histogram` is defined, else the float. */
export interface Operand {
  readonly value: number;
  readonly histogram: FloatHistogram | undefined;
}

export interface Outcome {
  readonly value: number;
  readonly histogram: FloatHistogram | undefined;
  /** False where a comparison does not hold, or where there is no result. */
  readonly keep: boolean;
  /** False where the operands do not fit the operator: not even `bool` gives a result. */
  readonly fits: boolean;
}

const NOTHING: Outcome = { value: 0, histogram: undefined, keep: false, fits: false };

export function operandAt(series: Series, step: number): Operand {
  const isHistogram = series.kinds[step] === HISTOGRAM;
  return { value: series.values[step]!, histogram: isHistogram ? series.histograms![step] : undefined };
}

export function floatOperand(value: number): Operand {
  return { value, histogram: undefined };
}

export class SampleOperator {
  readonly #op: BinaryOp;
  readonly #notes: Notes;
  readonly #span: Span;

  constructor(op: BinaryOp, notes: Notes, span: Span) {
    this.#op = op;
    this.#notes = notes;
    this.#span = span;
  }

  apply(left: Operand, right: Operand): Outcome {
    const { value: a, histogram: aHistogram } = left;
    const { value: b, histogram: bHistogram } = right;
    if (aHistogram === undefined && bHistogram === undefined) return this.#floats(a, b) ?? this.#mismatch(left, right);
    if (aHistogram !== undefined && bHistogram !== undefined) {
      return this.#histograms(aHistogram, bHistogram) ?? this.#mismatch(left, right);
    }
    const result =
      aHistogram !== undefined ? this.#histogramWithFloat(aHistogram, b) : this.#floatWithHistogram(a, bHistogram!);
    return result === undefined ? this.#mismatch(left, right) : histogramOutcome(result);
  }

  #floats(a: number, b: number): Outcome | undefined {
    const compute = arithmeticOf(this.#op);
    if (compute !== undefined) return { value: compute(a, b), histogram: undefined, keep: true, fits: true };
    const compare = comparisonOf(this.#op);
    return compare && { value: a, histogram: undefined, keep: compare(a, b), fits: true };
  }

  #histogramWithFloat(histogram: FloatHistogram, value: number): FloatHistogram | undefined {
    switch (this.#op) {
      case "*":
        return multiplyHistogram(histogram, value);
      case "/":
        return divideHistogram(histogram, value);
      case "</":
        return trimAbove(histogram, value);
      case ">/":
        return trimBelow(histogram, value);
      default:
        return undefined;
    }
  }

  #floatWithHistogram(value: number, histogram: FloatHistogram): FloatHistogram | undefined {
    return this.#op === "*" ? multiplyHistogram(histogram, value) : undefined;
  }

  #histograms(a: FloatHistogram, b: FloatHistogram): Outcome | undefined {
    switch (this.#op) {
      case "+":
        return this.#combined(addHistograms(a, b), "addition");
      case "-": {
        const outcome = this.#combined(subtractHistograms(a, b), "subtraction");
        return outcome.histogram === undefined ? outcome : { ...outcome, histogram: asGauge(outcome.histogram) };
      }
      case "==":
        return { value: 0, histogram: a, keep: equalHistograms(a, b), fits: true };
      case "!=":
        return { value: 0, histogram: a, keep: !equalHistograms(a, b), fits: true };
      default:
        return undefined;
    }
  }

  #combined(result: CombinedHistogram, operation: "addition" | "subtraction"): Outcome {
    if (result.histogram === undefined) {
      this.#notes.incompatibleBuckets(this.#op, this.#span);
      return NOTHING;
    }
    if (result.hintCollision) this.#notes.counterResetCollision(operation, this.#span);
    if (result.boundsReconciled) this.#notes.mismatchedCustomBuckets(operation, this.#span);
    return histogramOutcome(compact(result.histogram));
  }

  #mismatch(left: Operand, right: Operand): Outcome {
    this.#notes.incompatibleTypes(kindName(left), this.#op, kindName(right), this.#span);
    return NOTHING;
  }
}

function histogramOutcome(histogram: FloatHistogram): Outcome {
  return { value: 0, histogram, keep: true, fits: true };
}

function kindName(operand: Operand): string {
  return operand.histogram === undefined ? "float" : "histogram";
}
