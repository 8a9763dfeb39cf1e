/** Parts of a date in UTC: `day_of_month`, `hour`, … of values in Unix seconds; without an argument, of the time of evaluation. */
import { Labels } from "@dmon/model";
import type { Call } from "../../ast.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import { ABSENT, FLOAT, type SeriesSink } from "../../engine/series.ts";
import type { VectorFunction } from "./types.ts";

const DAY_SECONDS = 86_400;
/** What Go makes of floats that no int64 holds, NaN among them: the far end of its calendar. */
const BEYOND_SECONDS = 2 ** 63;

interface CivilDate {
  readonly year: number;
  /** 1…12 */
  readonly month: number;
  /** 1…31 */
  readonly day: number;
  /** Days since 1970-01-01. */
  readonly days: number;
  /** 0…86399 */
  readonly secondOfDay: number;
}

/**
 * The date of a Unix time in the proleptic Gregorian calendar, for any year.
 *
 * Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (civil_from_days).
 */
function civilDate(unixSeconds: number): CivilDate {
  const seconds = Math.abs(unixSeconds) < 2 ** 63 ? Math.trunc(unixSeconds) : BEYOND_SECONDS;
  // The remainder is exact also where the product of days and seconds is not.
  const secondOfDay = ((seconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
  const days = Math.round((seconds - secondOfDay) / DAY_SECONDS);
  // Years begin in March here, so that the leap day is the last of the year; eras are 400 years.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day, days, secondOfDay };
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

function dayOfYear({ year, month, day }: CivilDate): number {
  return DAYS_BEFORE_MONTH[month - 1]! + day + (month > 2 && isLeap(year) ? 1 : 0);
}

function daysInMonth({ year, month }: CivilDate): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return DAYS_BEFORE_MONTH[month]! - DAYS_BEFORE_MONTH[month - 1]!;
}

const PARTS: Readonly<Record<string, (date: CivilDate) => number>> = {
  day_of_month: (date) => date.day,
  // 1970-01-01 was a Thursday.
  day_of_week: (date) => (((date.days + 4) % 7) + 7) % 7,
  day_of_year: dayOfYear,
  days_in_month: daysInMonth,
  hour: (date) => Math.floor(date.secondOfDay / 3600),
  minute: (date) => Math.floor((date.secondOfDay % 3600) / 60),
  month: (date) => date.month,
  year: (date) => date.year,
};

function* datePart(part: (date: CivilDate) => number, evaluation: Evaluation, call: Call, sink: SeriesSink) {
  const at = (seconds: number) => part(civilDate(seconds));
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
