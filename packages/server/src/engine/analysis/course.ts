/**
 * A series' course over two stretches of time: means of equal parts, the time before first. What moments of a stretch cannot
 * say, a course can: whether it was another all along, or for one spike.
 */
import type { Labels } from "@dmon/model";
import type { Effect } from "./effect.ts";

/** Parts of both stretches together. */
export const COURSE_LENGTH = 48;
const HALF = COURSE_LENGTH / 2;

export interface Course {
  readonly labels: Labels;
  /** Length {@link COURSE_LENGTH}; NaN where there is nothing. */
  readonly points: Float64Array;
}

/**
 * How steadily the second half differs from the first, 0–1. Of a rise or fall: Cliff's delta, the share of pairs in which the
 * later is higher, less the share in which it is lower. Of another spread: the share of the wilder half that lies outside
 * of the calmer one.
 */
export function steadiness({ points }: Course, kind: Effect["kind"]): number {
  if (kind === "appeared" || kind === "vanished") return 1;
  const before = points.subarray(0, HALF).filter((value) => !Number.isNaN(value));
  const during = points.subarray(HALF).filter((value) => !Number.isNaN(value));
  if (before.length === 0 || during.length === 0) return 0;
  if (kind === "varied") return Math.max(shareOutside(during, before), shareOutside(before, during));
  let balance = 0;
  for (const early of before) for (const late of during) balance += Math.sign(late - early);
  return Math.abs(balance) / (before.length * during.length);
}

function shareOutside(values: Float64Array, others: Float64Array): number {
  const [low, high] = [Math.min(...others), Math.max(...others)];
  return values.reduce((count, value) => count + (value < low || value > high ? 1 : 0), 0) / values.length;
}
