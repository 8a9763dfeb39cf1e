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

/** What can be said of two operands. Of all pairs at a step the last one's is, as in Prometheus. */
type OperandNote = (notes: Notes, op: BinaryOp, span: Span) => void;

const FLOAT_FLOAT = 1;
const FLOAT_HISTOGRAM = 2;
const HISTOGRAM_FLOAT = 3;
const HISTOGRAM_HISTOGRAM = 4;
const INCOMPATIBLE_BUCKETS = 5;
const RESETS_COLLIDE = 6;
const BOUNDS_RECONCILED = 7;

const incompatible =
  (left: string, right: string): OperandNote =>
  (notes, op, span) =>
    notes.incompatibleTypes(left, op, right, span);

const NOTES: Readonly<Record<number, OperandNote>> = {
  [FLOAT_FLOAT]: incompatible("float", "float"),
  [FLOAT_HISTOGRAM]: incompatible("float", "histogram"),
  [HISTOGRAM_FLOAT]: incompatible("histogram", "float"),
  [HISTOGRAM_HISTOGRAM]: incompatible("histogram", "histogram"),
  [INCOMPATIBLE_BUCKETS]: (notes, op, span) => notes.incompatibleBuckets(op, span),
  [RESETS_COLLIDE]: (notes, op, span) => notes.counterResetCollision(operationOf(op), span),
  [BOUNDS_RECONCILED]: (notes, op, span) => notes.mismatchedCustomBuckets(operationOf(op), span),
};

function operationOf(op: BinaryOp): "addition" | "subtraction" {
  return op === "+" ? "addition" : "subtraction";
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
  /** Per step the last pair of which something was said, and what; 0 for nothing. */
  readonly #said: Uint8Array;
  readonly #saidOf: Float64Array;
  #step = 0;
  #place = 0;

  /** @param stepCount number of steps of the grid */
  constructor(op: BinaryOp, notes: Notes, span: Span, stepCount: number) {
    this.#op = op;
    this.#notes = notes;
    this.#span = span;
    this.#said = new Uint8Array(stepCount);
    this.#saidOf = new Float64Array(stepCount);
  }

  /** @param place of the pair among all at this step */
  apply(left: Operand, right: Operand, step: number, place: number): Outcome {
    this.#step = step;
    this.#place = place;
    const { value: a, histogram: aHistogram } = left;
    const { value: b, histogram: bHistogram } = right;
    if (aHistogram === undefined && bHistogram === undefined) return this.#floats(a, b) ?? this.#refuse(FLOAT_FLOAT);
    if (aHistogram !== undefined && bHistogram !== undefined) {
      return this.#histograms(aHistogram, bHistogram) ?? this.#refuse(HISTOGRAM_HISTOGRAM);
    }
    if (aHistogram === undefined) {
      return histogramOutcome(this.#floatWithHistogram(a, bHistogram!)) ?? this.#refuse(FLOAT_HISTOGRAM);
    }
    return histogramOutcome(this.#histogramWithFloat(aHistogram, b)) ?? this.#refuse(HISTOGRAM_FLOAT);
  }

  /** Notes what was said of the last pair of each step. To be called once, when all pairs are through. */
  finish(): void {
    for (const said of new Set(this.#said)) if (said !== 0) NOTES[said]!(this.#notes, this.#op, this.#span);
  }

  #say(what: number): void {
    const step = this.#step;
    if (this.#said[step] !== 0 && this.#saidOf[step]! > this.#place) return;
    this.#said[step] = what;
    this.#saidOf[step] = this.#place;
  }

  #refuse(what: number): Outcome {
    this.#say(what);
    return NOTHING;
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
        return compact(multiplyHistogram(histogram, value));
      case "/":
        return compact(divideHistogram(histogram, value));
      case "</":
        return trimAbove(histogram, value);
      case ">/":
        return trimBelow(histogram, value);
      default:
        return undefined;
    }
  }

  #floatWithHistogram(value: number, histogram: FloatHistogram): FloatHistogram | undefined {
    return this.#op === "*" ? compact(multiplyHistogram(histogram, value)) : undefined;
  }

  #histograms(a: FloatHistogram, b: FloatHistogram): Outcome | undefined {
    switch (this.#op) {
      case "+":
        return this.#combined(addHistograms(a, b));
      case "-":
        return this.#combined(subtractHistograms(a, b), asGauge);
      case "==":
        return { value: 0, histogram: a, keep: equalHistograms(a, b), fits: true };
      case "!=":
        return { value: 0, histogram: a, keep: !equalHistograms(a, b), fits: true };
      default:
        return undefined;
    }
  }

  #combined(result: CombinedHistogram, finish?: (histogram: FloatHistogram) => FloatHistogram): Outcome {
    if (result.histogram === undefined) return this.#refuse(INCOMPATIBLE_BUCKETS);
    // As in Prometheus, what may be wrong by a reset is left out.
    if (result.hintCollision) return this.#refuse(RESETS_COLLIDE);
    if (result.boundsReconciled) this.#say(BOUNDS_RECONCILED);
    const histogram = compact(result.histogram);
    return { value: 0, histogram: finish?.(histogram) ?? histogram, keep: true, fits: true };
  }
}

function histogramOutcome(histogram: FloatHistogram | undefined): Outcome | undefined {
  return histogram && { value: 0, histogram, keep: true, fits: true };
}
