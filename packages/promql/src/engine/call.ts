/** Calls: which function a name means, and those few that are part of the engine. */
import { bug, Labels, METRIC_NAME, type Slices } from "@dmon/model";
import { type Call, type Expr, unwrapParens } from "../ast.ts";
import { goMax, goMin } from "../functions/go-math.ts";
import { RANGE_FUNCTIONS } from "../functions/range/registry.ts";
import { VECTOR_FUNCTIONS } from "../functions/vector/registry.ts";
import type { Evaluation } from "./evaluation.ts";
import { timesOf } from "./grid.ts";
import { evalRangeCall, evalRangeFunction, rangeArgument } from "./range-call.ts";
import { evalSampleTimes, evalStartTimes } from "./selector.ts";
import { ABSENT, FLOAT, type SeriesSink } from "./series.ts";

export function* evalCall(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  switch (call.func) {
    case "vector":
      return yield* vectorOfScalar(evaluation, call, sink);
    case "absent":
      return yield* absent(evaluation, call, sink);
    case "absent_over_time":
      return yield* absentOverTime(evaluation, call, sink);
    case "timestamp":
      return yield* timestamp(evaluation, call, sink);
    case "start_timestamp":
      return yield* startTimestamp(evaluation, call, sink);
    default: {
      if (RANGE_FUNCTIONS[call.func] !== undefined) return yield* evalRangeCall(evaluation, call, sink);
      const fn = VECTOR_FUNCTIONS[call.func] ?? bug(`no function ${call.func}`);
      return yield* fn(evaluation, call, sink);
    }
  }
}

/** Calls whose value is a scalar. */
export function* evalScalarCall(evaluation: Evaluation, call: Call): Slices<Float64Array> {
  const { count } = evaluation.grid;
  switch (call.func) {
    case "time":
      return timesOf(evaluation.grid).map((atMs) => atMs / 1000);
    case "pi":
      return new Float64Array(count).fill(Math.PI);
    case "scalar":
      return yield* scalar(evaluation, call);
    case "max_of":
    case "min_of": {
      const left = yield* evaluation.scalar(call.args[0]!);
      const right = yield* evaluation.scalar(call.args[1]!);
      const choose = call.func === "max_of" ? goMax : goMin;
      for (let i = 0; i < count; i++) left[i] = choose(left[i]!, right[i]!);
      return left;
    }
    default:
      return bug(`no scalar function ${call.func}`);
  }
}

/** The one float of a vector; NaN where there is none, or more than one. */
function* scalar(evaluation: Evaluation, call: Call): Slices<Float64Array> {
  const { count } = evaluation.grid;
  const out = new Float64Array(count).fill(Number.NaN);
  const found = new Uint8Array(count);
  yield* evaluation.vector(call.args[0]!, ({ kinds, values }) => {
    for (let step = 0; step < count; step++) {
      if (kinds[step] !== FLOAT) continue;
      out[step] = found[step] === 0 ? values[step]! : Number.NaN;
      found[step] = 1;
    }
  });
  return out;
}

function* vectorOfScalar(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const values = yield* evaluation.scalar(call.args[0]!);
  if (values.length === 0) return;
  const out = evaluation.buffer().next(Labels.EMPTY);
  out.values.set(values);
  out.kinds.fill(FLOAT);
  sink(out);
}

function* absent(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const present = new Uint8Array(evaluation.grid.count);
  yield* evaluation.vector(call.args[0]!, ({ kinds }) => {
    for (let step = 0; step < kinds.length; step++) if (kinds[step] !== ABSENT) present[step] = 1;
  });
  pushAbsent(evaluation, unwrapParens(call.args[0]!), present, sink);
}

function* absentOverTime(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const present = new Uint8Array(evaluation.grid.count);
  yield* evalRangeFunction(evaluation, call, RANGE_FUNCTIONS.present_over_time!, [], ({ kinds }) => {
    for (let step = 0; step < kinds.length; step++) if (kinds[step] !== ABSENT) present[step] = 1;
  });
  pushAbsent(evaluation, rangeArgument(call), present, sink);
}

/** 1 where nothing was present. */
function pushAbsent(evaluation: Evaluation, argument: Expr, present: Uint8Array, sink: SeriesSink): void {
  const out = evaluation.buffer().next(labelsForAbsent(argument));
  for (let step = 0; step < present.length; step++) if (present[step] === 0) out.setFloat(step, 1);
  if (out.isPresent) sink(out);
}

/** The labels that a selector demands by name; what it names twice says nothing. */
function labelsForAbsent(argument: Expr): Labels {
  const selector = argument.type === "matrixSelector" ? argument.selector : argument;
  if (selector.type !== "vectorSelector") return Labels.EMPTY;
  const demanded = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, type, value } of selector.matchers) {
    if (name === METRIC_NAME) continue;
    if (type === "=" && !seen.has(name)) {
      demanded.set(name, value);
      seen.add(name);
    } else demanded.delete(name);
  }
  return Labels.from(demanded);
}

/** Of a selector when its samples were taken, of anything else the time of evaluation. */
function* timestamp(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const argument = unwrapParens(call.args[0]!);
  const { push, finish } = evaluation.droppingNames(argument, sink);
  if (argument.type === "vectorSelector") {
    yield* evalSampleTimes(evaluation, argument, push);
  } else {
    yield* evaluation.vector(argument, (series) => {
      const { kinds, values } = series;
      for (let step = 0; step < kinds.length; step++) {
        if (kinds[step] === ABSENT) continue;
        kinds[step] = FLOAT;
        values[step] = evaluation.timeAt(step) / 1000;
      }
      series.histograms = undefined;
      push(series);
    });
  }
  finish();
}

function* startTimestamp(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const argument = unwrapParens(call.args[0]!);
  if (argument.type !== "vectorSelector") return;
  const { push, finish } = evaluation.droppingNames(argument, sink);
  yield* evalStartTimes(evaluation, argument, push);
  finish();
}
