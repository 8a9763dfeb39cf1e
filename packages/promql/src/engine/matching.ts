/**
 * Vector with vector: arithmetic, comparisons and trims, one-to-one or with `group_left` and `group_right`, with `fill`.
 *
 * Series meet by their signatures; within a signature each pair is computed over all steps at which both have a sample.
 * "Many" and "one" name the sides as for `group_left`; for `group_right` they are swapped.
 */
import { compareStrings, type Labels, quoteLabelValue, type Slices } from "@dmon/model";
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

interface Side {
  readonly series: Series[];
  /** Their places among all series of the side. */
  readonly places: number[];
}

interface MatchGroup {
  readonly many: Side;
  readonly one: Side;
  /** 1 at the steps at which two samples of this signature have met. */
  met: Uint8Array | undefined;
}

/** What is wrong at a step. Of several the earliest is said, and within a step the one that is looked for first. */
interface Failure {
  readonly step: number;
  readonly rank: number;
  readonly makeError: () => Error;
}

/** Ranks of failures of pairs; before them come duplicates, by the place of the second. */
const PAIR_RANK = Number.MAX_SAFE_INTEGER - 1;
const RESULT_RANK = Number.MAX_SAFE_INTEGER;

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
  readonly #claims = new Map<Series, Uint8Array>();
  /** Steps at which the many side has any sample: only there a duplicate of the one side matters. */
  readonly #manyPresent: Uint8Array;
  /** Whether it must be known where signatures met. */
  readonly #tracksMeeting: boolean;
  #manyCount = 0;
  #oneCount = 0;
  #failure: Failure | undefined;

  constructor(evaluation: Evaluation, expr: Binary) {
    this.#evaluation = evaluation;
    this.#expr = expr;
    this.#matching = expr.matching ?? NO_MATCHING;
    this.#swapped = this.#matching.card === "one-to-many";
    this.#signatures = new Signatures(this.#matching);
    this.#operator = new SampleOperator(expr.op, evaluation.context.notes, expr.span, evaluation.grid.count);
    this.#manyPresent = new Uint8Array(evaluation.grid.count);
    this.#tracksMeeting = this.#matching.card === "one-to-one" || this.#matching.fillLeft !== undefined;
  }

  addLeft(series: Series): void {
    this.#add(series, !this.#swapped);
  }

  addRight(series: Series): void {
    this.#add(series, this.#swapped);
  }

  #add(series: Series, toMany: boolean): void {
    this.#evaluation.keep(series);
    const key = this.#signatures.keyOf(series.labels);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { many: { series: [], places: [] }, one: { series: [], places: [] }, met: undefined };
      this.#groups.set(key, group);
    }
    const side = toMany ? group.many : group.one;
    side.series.push(series);
    side.places.push(toMany ? this.#manyCount++ : this.#oneCount++);
    if (!toMany) return;
    const { kinds } = series;
    for (let step = 0; step < kinds.length; step++) if (kinds[step] !== ABSENT) this.#manyPresent[step] = 1;
  }

  *run(sink: SeriesSink): Slices<void> {
    const { context, grid } = this.#evaluation;
    for (const group of this.#groups.values()) {
      const { many, one } = group;
      if (one.series.length > 1) this.#findDuplicate(one);
      many.series.forEach((series, i) => {
        for (const other of one.series) this.#pair(group, series, other, many.places[i]!);
      });
      this.#fill(group);
      if (context.spend(grid.count * (many.series.length + one.series.length))) yield;
    }
    if (this.#failure !== undefined) throw this.#failure.makeError();
    this.#operator.finish();
    context.release((this.#manyCount + this.#oneCount) * grid.count);
    for (const series of this.#results.values()) {
      series.kept = false;
      if (series.isPresent) sink(series);
    }
  }

  #fail(step: number, rank: number, makeError: () => Error): void {
    const known = this.#failure;
    if (known !== undefined && (known.step < step || (known.step === step && known.rank <= rank))) return;
    this.#failure = { step, rank, makeError };
  }

  #findDuplicate({ series: ones, places }: Side): void {
    const { count } = this.#evaluation.grid;
    const hasFill = this.#matching.fillLeft !== undefined || this.#matching.fillRight !== undefined;
    for (let step = 0; step < count; step++) {
      if (this.#manyPresent[step] === 0 && !hasFill) continue;
      let first: Series | undefined;
      for (const [i, one] of ones.entries()) {
        if (one.kinds[step] === ABSENT) continue;
        if (first === undefined) {
          first = one;
          continue;
        }
        const known = first;
        this.#fail(step, places[i]!, () => this.#duplicate(known, one));
        return;
      }
    }
  }

  /** Names the two in the order of their texts, whichever came first. */
  #duplicate(first: Series, second: Series): Error {
    const group = this.#signatures.labelsOf(second.labels);
    const side = this.#swapped ? "left" : "right";
    const [a, b] = [bracedLabels(first.labels), bracedLabels(second.labels)].sort(compareStrings);
    return queryFailed(
      `found duplicate series for the match group ${bracedLabels(group)} on the ${side} hand-side of the operation: ` +
        `[${a}, ${b}];many-to-many matching not allowed: matching labels must be unique on one side`,
    );
  }

  /** @param place of the many side's series */
  #pair(group: MatchGroup, many: Series, one: Series, place: number): void {
    if (many.histograms === undefined && one.histograms === undefined) this.#pairFloats(group, many, one, place);
    else this.#pairAny(group, many, one, place);
  }

  /** The common case, without an object a step. */
  #pairFloats(group: MatchGroup, many: Series, one: Series, place: number): void {
    const { op, returnBool } = this.#expr;
    const compute = arithmeticOf(op);
    const compare = comparisonOf(op);
    if (compute === undefined && compare === undefined) {
      this.#pairAny(group, many, one, place);
      return;
    }
    const { kinds } = many;
    let out: Series | undefined;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === ABSENT || one.kinds[step] === ABSENT) continue;
      const left = this.#swapped ? one.values[step]! : many.values[step]!;
      const right = this.#swapped ? many.values[step]! : one.values[step]!;
      let value: number;
      let keep = true;
      if (compute !== undefined) value = compute(left, right);
      else {
        const holds = compare!(left, right);
        keep = holds || returnBool;
        value = returnBool ? (holds ? 1 : 0) : left;
      }
      if (keep || this.#sharesResults) out ??= this.#resultOf(many.labels, one.labels);
      if (!this.#meet(group, out, keep, step)) continue;
      out!.kinds[step] = FLOAT;
      out!.values[step] = value;
    }
  }

  #pairAny(group: MatchGroup, many: Series, one: Series, place: number): void {
    const { kinds } = many;
    let out: Series | undefined;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === ABSENT || one.kinds[step] === ABSENT) continue;
      const [left, right] = this.#swapped ? [one, many] : [many, one];
      const outcome = this.#operator.apply(operandAt(left, step), operandAt(right, step), step, place);
      // What the operator cannot take has not met.
      if (!outcome.fits) continue;
      out ??= this.#resultOf(many.labels, one.labels);
      if (this.#meet(group, out, outcome.keep || this.#expr.returnBool, step)) this.#set(out, step, outcome);
    }
  }

  /** Whether pairs that share a result must not meet at a step even where their comparison does not hold. */
  get #sharesResults(): boolean {
    return this.#matching.card !== "one-to-one";
  }

  /**
   * A pair meets at a step: once a signature (one-to-one), once a result (the others).
   *
   * @param out defined where there is a result, or where results are shared
   * @returns whether the result is to be set
   */
  #meet(group: MatchGroup, out: Series | undefined, keep: boolean, step: number): boolean {
    const { count } = this.#evaluation.grid;
    const hasMet = group.met?.[step] === 1;
    if (this.#tracksMeeting) {
      group.met ??= new Uint8Array(count);
      group.met[step] = 1;
    }
    if (!this.#sharesResults) {
      if (hasMet) this.#fail(step, PAIR_RANK, notExplicit);
      else if (keep && out!.kinds[step] !== ABSENT) this.#fail(step, RESULT_RANK, sameLabels);
      else return keep;
      return false;
    }
    let claims = this.#claims.get(out!);
    if (claims === undefined) {
      claims = new Uint8Array(count);
      this.#claims.set(out!, claims);
    }
    if (claims[step] === 1) this.#fail(step, PAIR_RANK, notUnique);
    const isFirst = claims[step] === 0;
    claims[step] = 1;
    return keep && isFirst;
  }

  #set(out: Series, step: number, outcome: Outcome): void {
    if (this.#expr.returnBool) out.setFloat(step, outcome.keep ? 1 : 0);
    else if (outcome.histogram !== undefined) out.setHistogram(step, outcome.histogram);
    else out.setFloat(step, outcome.value);
  }

  /** Stands in for samples that one side lacks; on the one side also for those that no sample of the many side fits. */
  #fill(group: MatchGroup): void {
    const { fillLeft, fillRight } = this.#matching;
    const { count } = this.#evaluation.grid;
    if (fillRight !== undefined) {
      const taken = presenceOf(group.one.series, count);
      group.many.series.forEach((many, i) => {
        const labels = this.#signatures.labelsOf(many.labels);
        this.#fillSide(group, many, group.many.places[i]!, taken, { many, one: { labels, value: fillRight } });
      });
    }
    if (fillLeft === undefined) return;
    const taken = Uint8Array.from(group.met ?? new Uint8Array(count));
    group.one.series.forEach((one, i) => {
      const labels = this.#signatures.labelsOf(one.labels);
      // These come behind all of the many side.
      const place = this.#manyCount + group.one.places[i]!;
      this.#fillSide(group, one, place, taken, { many: { labels, value: fillLeft }, one });
    });
  }

  /** @param place of the series that is present, among all pairs of a step */
  #fillSide(
    group: MatchGroup,
    present: Series,
    place: number,
    taken: Uint8Array,
    { many, one }: { readonly many: Series | Constant; readonly one: Series | Constant },
  ): void {
    const [left, right] = this.#swapped ? [one, many] : [many, one];
    let out: Series | undefined;
    for (let step = 0; step < taken.length; step++) {
      if (present.kinds[step] === ABSENT || taken[step] !== 0) continue;
      const outcome = this.#operator.apply(operand(left, step), operand(right, step), step, place);
      if (!outcome.fits) continue;
      out ??= this.#resultOf(many.labels, one.labels);
      if (this.#meet(group, out, outcome.keep || this.#expr.returnBool, step)) this.#set(out, step, outcome);
    }
  }

  #resultOf(many: Labels, one: Labels): Series {
    const { returnBool, op } = this.#expr;
    const delayed = this.#evaluation.context.limits.delayedNameRemoval;
    let labels = changesMetric(op) || (returnBool && !delayed) ? withoutMetadata(many) : many;
    const { card, on, labels: matchingLabels, include } = this.#matching;
    if (card === "one-to-one") {
      const names = new Set(matchingLabels);
      labels = on ? labels.keep(names) : labels.drop(names);
    }
    for (const name of include) labels = labels.with(name, one.get(name));
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

const notExplicit = () =>
  queryFailed("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
const notUnique = () => queryFailed("multiple matches for labels: grouping labels must ensure unique matches");
const sameLabels = () => queryFailed("vector cannot contain metrics with the same labelset");

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
