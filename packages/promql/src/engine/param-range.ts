/** The parameter of an aggregation over all steps, as it is judged before anything is aggregated. */
import { goMax, goMin } from "../functions/go-math.ts";

interface ParamRange {
  /** NaN where one of them is, unless one is infinite. */
  readonly min: number;
  readonly max: number;
  readonly hasNaN: boolean;
}

export function rangeOfParam(param: Float64Array): ParamRange {
  let min = Number.MAX_VALUE;
  let max = -Number.MAX_VALUE;
  let hasNaN = false;
  for (const value of param) {
    min = goMin(min, value);
    max = goMax(max, value);
    if (Number.isNaN(value)) hasNaN = true;
  }
  return { min, max, hasNaN };
}
