/** All functions that take a range vector, by name. */
import { CHANGES } from "./changes.ts";
import { instantRateFunction } from "./instant-rate.ts";
import { OVER_TIME } from "./over-time.ts";
import { rateFunction } from "./rate.ts";
import { REGRESSIONS } from "./regression.ts";
import type { RangeFunction } from "./window.ts";

export const RANGE_FUNCTIONS: Readonly<Record<string, RangeFunction>> = {
  ...CHANGES,
  ...OVER_TIME,
  ...REGRESSIONS,
  delta: rateFunction({ isCounter: false, isRate: false }),
  idelta: instantRateFunction(false),
  increase: rateFunction({ isCounter: true, isRate: false }),
  irate: instantRateFunction(true),
  rate: rateFunction({ isCounter: true, isRate: true }),
};
