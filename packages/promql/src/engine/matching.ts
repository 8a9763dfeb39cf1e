/**
 * Vector with vector: arithmetic, comparisons and trims, one-to-one or with `group_left` and `group_right`, with `fill`.
 *
 * Series meet by their signatures; within a signature each pair is computed over all steps at which both have a sample.
 * "Many" and "one" name the sides as for `group_left`; for `group_right` they are swapped.
 */
import { type Labels, quoteLabelValue, type Slices } from "@dmon/model";
import type { Binary, VectorMatching } from "../ast.ts";
import { labelText } from "../printer/parts.ts";
import { queryFailed } from "./context.ts";
import type { Evaluation } from "./evaluation.ts";
import { arithmeticOf, changesMetric, comparisonOf } from "./operators.ts";
import { floatOperand, type Outcome, operandAt, SampleOperator } from "./sample-operators.ts";
import { ABSENT, FLOAT, Series, type SeriesSink, withoutMetadata } from "./series.ts";
import { Signatures } from "./signature.ts";

export function* evalMatching(evaluation: Evaluation, expr: Binary, sink: SeriesSink): Slices<void> {
  const join = new Join(evaluation, expr);
  yield* evaluation.vector(expr.left, (series) => join.addLeft(series));
  yield* evaluation.vector(expr.right, (series) => join.addRight(series));
  yield* join.run(sink);
}

/** A label set with the name among the others, as Go prints it. */
function bracedLabels(labels: Labels): string {
  return `{${[...labels].map(([name, value]) => `${labelText(name)}=${quoteLabelValue(value)}`).join(", ")}}`;
}

interface MatchGroup {
  readonly many: Series[];
  readonly one: Series[];
  /** 1 where two samples of this signature have met already (one-to-one). */
  matched: Uint8Array | undefined;
}

class Join {
  readonly #evaluation: Evaluation;
  readonly #expr: Binary;
  readonly #matching: VectorMatching;
  readonly #swapped: boolean;
  readonly #signatures: Signatures;
  readonly #operator: SampleOperator;
  readonly #groups = new Map<string, MatchGroup>();
  readonly #results = new Map<string, Series>();
  /** Per result of a comparison, 1 at the steps at which a pair met. */
  readonly #met = new Map<Series, Uint8Array>();
  /** Steps at which the many side has any sample: only there a duplicate of the one side matters. */
  readonly #manyPresent: Uint8Array;
  #heldCount = 0;

  constructor(evaluation: Evaluation, expr: Binary) {
    this.#evaluation = evaluation;
    this.#expr = expr;
    this.#matching = expr.matching ?? NO_MATCHING;
    this.#swapped = this.#matching.card === "one-to-many";
    this.#signatures = new Signatures(this.#matching);
    this.#operator = new SampleOperator(expr.op, evaluation.context.notes, expr.span);
    this.#manyPresent = new Uint8Array(evaluation.grid.count);
  }

  addLeft(series: Series): void {
    this.#add(series, !this.#swapped);
  }

  addRight(series: Series): void {
    this.#add(series, this.#swapped);
  }

  #add(series: Series, toMany: boolean): void {
    this.#evaluation.keep(series);
    this.#heldCount++;
    const key = this.#signatures.keyOf(series.labels);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { many: [], one: [], matched: undefined };
      this.#groups.set(key, group);
    }
    (toMany ? group.many : group.one).push(series);
    if (!toMany) return;
    const { kinds } = series;
    for (let step = 0; step < kinds.length; step++) if (kinds[step] !== ABSENT) this.#manyPresent[step] = 1;
  }

  *run(sink: SeriesSink): Slices<void> {
    const { context, grid } = this.#evaluation;
    for (const group of this.#groups.values()) {
      if (group.one.length > 1) this.#refuseDuplicates(group.one);
      for (const many of group.many) for (const one of group.one) this.#pair(group, many, one);
      this.#fill(group);
      if (context.spend(grid.count * (group.many.length + group.one.length))) yield;
    }
    context.release(this.#heldCount * grid.count);
    for (const series of this.#results.values()) {
      series.kept = false;
      if (series.isPresent) sink(series);
    }
  }

  #refuseDuplicates(ones: readonly Series[]): void {
    const { count } = this.#evaluation.grid;
    const hasFill = this.#matching.fillLeft !== undefined || this.#matching.fillRight !== undefined;
    for (let step = 0; step < count; step++) {
      if (this.#manyPresent[step] === 0 && !hasFill) continue;
      let first: Series | undefined;
      for (const one of ones) {
        if (one.kinds[step] === ABSENT) continue;
        if (first !== undefined) throw this.#duplicate(first, one);
        first = one;
      }
    }
  }

  #duplicate(first: Series, second: Series): Error {
    const group = this.#signatures.labelsOf(second.labels);
    const side = this.#swapped ? "left" : "right";
    return queryFailed(
      `found duplicate series for the match group ${bracedLabels(group)} on the ${side} hand-side of the operation: ` +
        `[${bracedLabels(first.labels)}, ${bracedLabels(second.labels)}];` +
        "many-to-many matching not allowed: matching labels must be unique on one side",
    );
  }

  #pair(group: MatchGroup, many: Series, one: Series): void {
    if (this.#matching.card !== "one-to-one" && !this.#expr.returnBool && comparisonOf(this.#expr.op) !== undefined) {
      this.#refuseSharedResult(many, one);
    }
    if (many.histograms === undefined && one.histograms === undefined) this.#pairFloats(group, many, one);
    else this.#pairAny(group, many, one);
  }

  /** The common case, without an object a step. */
  #pairFloats(group: MatchGroup, many: Series, one: Series): void {
    const { op, returnBool } = this.#expr;
    const compute = arithmeticOf(op);
    const compare = comparisonOf(op);
    if (compute === undefined && compare === undefined) {
      this.#pairAny(group, many, one);
      return;
    }
    const { kinds } = many;
    let out: Series | undefined;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === ABSENT || one.kinds[step] === ABSENT) continue;
      this.#meet(group, step);
      const left = this.#swapped ? one.values[step]! : many.values[step]!;
      const right = this.#swapped ? many.values[step]! : one.values[step]!;
      let value: number;
      if (compute !== undefined) value = compute(left, right);
      else {
        const holds = compare!(left, right);
        if (!holds && !returnBool) continue;
        value = returnBool ? (holds ? 1 : 0) : left;
      }
      out ??= this.#resultOf(many.labels, one.labels);
      this.#claim(out, step);
      out.kinds[step] = FLOAT;
      out.values[step] = value;
    }
  }

  #pairAny(group: MatchGroup, many: Series, one: Series): void {
    const { kinds } = many;
    let out: Series | undefined;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === ABSENT || one.kinds[step] === ABSENT) continue;
      const [left, right] = this.#swapped ? [one, many] : [many, one];
      const outcome = this.#operator.apply(operandAt(left, step), operandAt(right, step));
      // What the operator cannot take has not met.
      if (outcome.fits) this.#meet(group, step);
      if (!this.#isKept(outcome)) continue;
      out ??= this.#resultOf(many.labels, one.labels);
      this.#claim(out, step);
      this.#set(out, step, outcome);
    }
  }

  /** Pairs that share a result must not meet at a step, also where their comparison then does not hold. */
  #refuseSharedResult(many: Series, one: Series): void {
    const result = this.#resultOf(many.labels, one.labels);
    let met = this.#met.get(result);
    if (met === undefined) {
      met = new Uint8Array(this.#evaluation.grid.count);
      this.#met.set(result, met);
    }
    for (let step = 0; step < met.length; step++) {
      if (many.kinds[step] === ABSENT || one.kinds[step] === ABSENT) continue;
      if (met[step] !== 0) throw sharedResult();
      met[step] = 1;
    }
  }

  #isKept(outcome: Outcome): boolean {
    return outcome.fits && (outcome.keep || this.#expr.returnBool);
  }

  #set(out: Series, step: number, outcome: Outcome): void {
    if (this.#expr.returnBool) out.setFloat(step, outcome.keep ? 1 : 0);
    else if (outcome.histogram !== undefined) out.setHistogram(step, outcome.histogram);
    else out.setFloat(step, outcome.value);
  }

  /** One-to-one: makes sure that a signature meets once a step, also where the comparison then does not hold. */
  #meet(group: MatchGroup, step: number): void {
    if (this.#matching.card !== "one-to-one") return;
    group.matched ??= new Uint8Array(this.#evaluation.grid.count);
    if (group.matched[step] !== 0) {
      throw queryFailed("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
    }
    group.matched[step] = 1;
  }

  /** Makes sure that no other result of the step has these labels. */
  #claim(out: Series, step: number): void {
    if (out.kinds[step] === ABSENT) return;
    throw this.#matching.card === "one-to-one"
      ? queryFailed("vector cannot contain metrics with the same labelset")
      : sharedResult();
  }

  /** Stands in for samples that one side lacks. */
  #fill(group: MatchGroup): void {
    const { fillLeft, fillRight } = this.#matching;
    if (fillRight !== undefined) {
      const taken = presenceOf(group.one, this.#evaluation.grid.count);
      for (const many of group.many) {
        const labels = this.#signatures.labelsOf(many.labels);
        this.#fillSide(group, many, taken, { many, one: { labels, value: fillRight } });
      }
    }
    if (fillLeft === undefined) return;
    const taken = presenceOf(group.many, this.#evaluation.grid.count);
    for (const one of group.one) {
      const labels = this.#signatures.labelsOf(one.labels);
      this.#fillSide(group, one, taken, { many: { labels, value: fillLeft }, one });
    }
  }

  #fillSide(
    group: MatchGroup,
    present: Series,
    taken: Uint8Array,
    { many, one }: { readonly many: Series | Constant; readonly one: Series | Constant },
  ): void {
    const [left, right] = this.#swapped ? [one, many] : [many, one];
    let out: Series | undefined;
    for (let step = 0; step < taken.length; step++) {
      if (present.kinds[step] === ABSENT || taken[step] !== 0) continue;
      const outcome = this.#operator.apply(operand(left, step), operand(right, step));
      if (outcome.fits) this.#meet(group, step);
      if (!this.#isKept(outcome)) continue;
      out ??= this.#resultOf(many.labels, one.labels);
      this.#claim(out, step);
      this.#set(out, step, outcome);
    }
  }

  #resultOf(many: Labels, one: Labels): Series {
    const { returnBool, op } = this.#expr;
    let labels = changesMetric(op) ? withoutMetadata(many) : many;
    const { card, on, labels: matchingLabels, include } = this.#matching;
    if (card === "one-to-one") {
      const names = new Set(matchingLabels);
      labels = on ? labels.keep(names) : labels.drop(names);
    } else for (const name of include) labels = labels.with(name, one.get(name));
    const delayed = this.#evaluation.context.limits.delayedNameRemoval;
    if (returnBool && !delayed) labels = withoutMetadata(labels);
    const known = this.#results.get(labels.key);
    if (known !== undefined) return known;
    const made = new Series(this.#evaluation.grid.count);
    made.labels = labels;
    made.kept = true;
    made.dropName = returnBool;
    this.#results.set(labels.key, made);
    return made;
  }
}

const NO_MATCHING: VectorMatching = {
  card: "one-to-one",
  labels: [],
  on: false,
  include: [],
  fillLeft: undefined,
  fillRight: undefined,
};

function sharedResult(): Error {
  return queryFailed("multiple matches for labels: grouping labels must ensure unique matches");
}

/** A fill value with the labels of the signature. */
interface Constant {
  readonly labels: Labels;
  readonly value: number;
}

function operand(side: Series | Constant, step: number) {
  return side instanceof Series ? operandAt(side, step) : floatOperand(side.value);
}

function presenceOf(series: readonly Series[], count: number): Uint8Array {
  const present = new Uint8Array(count);
  for (const { kinds } of series) for (let i = 0; i < count; i++) if (kinds[i] !== ABSENT) present[i] = 1;
  return present;
}
