/** What a syntax error is said to have happened in, and what was expected there. */

export interface Context {
  readonly within: string;
  readonly expected: string;
}

export const AGGREGATION: Context = { within: "aggregation", expected: "" };
const DURATIONS = "number, duration, step(), or range()";
export const OFFSET: Context = { within: "offset", expected: DURATIONS };
export const BRACKETS: Context = { within: "subquery or range selector", expected: DURATIONS };
export const AFTER_RANGE: Context = { within: "subquery or range", expected: '":" or "]"' };
export const AFTER_COLON: Context = {
  within: "subquery selector",
  expected: 'number, duration, step(), range(), or "]"',
};
export const AFTER_STEP: Context = { within: "subquery selector", expected: '"]"' };
export const AT: Context = { within: "@", expected: "timestamp" };
export const LABEL_MATCHING = "label matching";
export const GROUPING = "grouping opts";
