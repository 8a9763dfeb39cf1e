/** All functions that take an instant vector, by name. */
import { DATE_FUNCTIONS } from "./dates.ts";
import { HISTOGRAM_FUNCTIONS } from "./histograms.ts";
import { INFO_FUNCTIONS } from "./info.ts";
import { LABEL_FUNCTIONS } from "./labels.ts";
import { MATH_FUNCTIONS } from "./math.ts";
import { SORT_FUNCTIONS } from "./sort.ts";
import type { VectorFunction } from "./types.ts";

export const VECTOR_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  ...DATE_FUNCTIONS,
  ...HISTOGRAM_FUNCTIONS,
  ...INFO_FUNCTIONS,
  ...LABEL_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...SORT_FUNCTIONS,
};
