/**
 * What a built-in chart shows, written once and read twice: as PromQL for history, and by `LiveMeasure` for the stream's frames.
 *
 * A measure gives one value for each combination of the labels it is grouped `by`. At the collection's own interval a rate is
 * the difference of the last two readings (`irate`), which is just what two frames give; at longer steps it is `rate`.
 */

export interface SeriesMeasure {
  readonly kind: "series";
  readonly name: string;
  /** Matchers: `mode!="idle"`. */
  readonly where: readonly string[];
  readonly as: "value" | "rate";
  readonly by: readonly string[];
  readonly combine: "sum" | "avg" | "max" | "min" | "count";
}

export interface ComputedMeasure {
  readonly kind: "computed";
  /** `min`: the left, but at most the right, a constant. */
  readonly op: "+" | "-" | "*" | "/" | "min";
  readonly left: Measure;
  /** Grouped as the left, or by nothing (one value for all), or a constant. */
  readonly right: Measure | number;
}

export type Measure = SeriesMeasure | ComputedMeasure;

type Grouping = { readonly where?: readonly string[]; readonly by?: readonly string[] };

/** Per-second rate of a counter, summed within each group. */
export function rateOf(name: string, { where = [], by = [] }: Grouping = {}): SeriesMeasure {
  return { kind: "series", name, where, as: "rate", by, combine: "sum" };
}

/** A gauge, combined within each group. */
export function gaugeOf(
  name: string,
  { where = [], by = [], combine = "sum" }: Grouping & { readonly combine?: SeriesMeasure["combine"] } = {},
): SeriesMeasure {
  return { kind: "series", name, where, as: "value", by, combine };
}

export function compute(left: Measure, op: ComputedMeasure["op"], right: Measure | number): ComputedMeasure {
  return { kind: "computed", op, left, right };
}

/** A share that differences of readings may push a hair above the whole. */
export function atMost(measure: Measure, limit: number): ComputedMeasure {
  return { kind: "computed", op: "min", left: measure, right: limit };
}

export function groupingOf(measure: Measure): readonly string[] {
  return measure.kind === "series" ? measure.by : groupingOf(measure.left);
}

export interface PromqlContext {
  /** Matchers put on every selector: `instance="web-1"`. */
  readonly scope: readonly string[];
  readonly stepMs: number;
  readonly intervalMs: number;
}

export function toPromql(measure: Measure, context: PromqlContext): string {
  if (measure.kind === "series") return seriesPromql(measure, context);
  if (measure.op === "min") return `clamp_max(${toPromql(measure.left, context)}, ${String(measure.right)})`;
  const left = wrap(measure.left, context);
  if (typeof measure.right === "number") return `${left} ${measure.op} ${measure.right}`;
  const right = wrap(measure.right, context);
  const isOneForAll = groupingOf(measure.right).length === 0 && groupingOf(measure.left).length > 0;
  return isOneForAll ? `${left} ${measure.op} on() group_left() ${right}` : `${left} ${measure.op} ${right}`;
}

function wrap(measure: Measure, context: PromqlContext): string {
  const text = toPromql(measure, context);
  return measure.kind === "computed" ? `(${text})` : text;
}

function seriesPromql(measure: SeriesMeasure, context: PromqlContext): string {
  const selector = selectorOf(measure, context.scope);
  const inner = measure.as === "value" ? selector : `${rateFunction(context)}(${selector}[${rateWindow(context)}])`;
  const by = measure.by.length === 0 ? "" : ` by (${measure.by.join(", ")}) `;
  return `${measure.combine}${by}(${inner})`;
}

export function selectorOf(measure: SeriesMeasure, scope: readonly string[]): string {
  const matchers = [...scope, ...measure.where];
  return matchers.length === 0 ? measure.name : `${measure.name}{${matchers.join(",")}}`;
}

function rateFunction({ stepMs, intervalMs }: PromqlContext): string {
  return stepMs <= intervalMs ? "irate" : "rate";
}

/** At least four collections, so that a missed one leaves no hole. */
export function rateWindow({ stepMs, intervalMs }: PromqlContext): string {
  const windowMs = stepMs <= intervalMs ? intervalMs * 5 : Math.max(stepMs, intervalMs * 4);
  return windowMs % 1000 === 0 ? `${windowMs / 1000}s` : `${windowMs}ms`;
}

/** A matcher with its value quoted. */
export function matcher(label: string, op: "=" | "!=" | "=~" | "!~", value: string): string {
  return `${label}${op}${JSON.stringify(value)}`;
}
