/** Parts of a date in UTC: `day_of_month`, `hour`, … of values in Unix seconds; without an argument, of the time of evaluation. */
import { Labels } from "@dmon/model";
import type { Call } from "../../ast.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import { ABSENT, FLOAT, type SeriesSink } from "../../engine/series.ts";
import type { VectorFunction } from "./types.ts";

const DAY_MS = 86_400_000;

const PARTS: Readonly<Record<string, (date: Date) => number>> = {
  day_of_month: (date) => date.getUTCDate(),
  day_of_week: (date) => date.getUTCDay(),
  day_of_year: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1,
  days_in_month: (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
};

function* datePart(part: (date: Date) => number, evaluation: Evaluation, call: Call, sink: SeriesSink) {
  const at = (seconds: number) => part(new Date(Math.trunc(seconds) * 1000));
  const [argument] = call.args;
  if (argument === undefined) {
    const out = evaluation.buffer().next(Labels.EMPTY);
    for (let step = 0; step < out.kinds.length; step++) out.setFloat(step, at(evaluation.timeAt(step) / 1000));
    if (out.isPresent) sink(out);
    return;
  }
  const { push, finish } = evaluation.droppingNames(argument, sink);
  yield* evaluation.vector(argument, (series) => {
    const { kinds, values } = series;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === FLOAT) values[step] = at(values[step]!);
      else kinds[step] = ABSENT;
    }
    series.histograms = undefined;
    if (series.isPresent) push(series);
  });
  finish();
}

export const DATE_FUNCTIONS: Readonly<Record<string, VectorFunction>> = Object.fromEntries(
  Object.entries(PARTS).map(([name, part]): [string, VectorFunction] => [
    name,
    (evaluation, call, sink) => datePart(part, evaluation, call, sink),
  ]),
);
