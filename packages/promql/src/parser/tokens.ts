/** Kinds of tokens, and the words that are more than identifiers. Source: the PromQL lexer of Prometheus 3.14. */
import { quoteLabelValue } from "@dmon/model";
import type { AggregateOp } from "../ast.ts";

export type TokenKind =
  | "eof"
  | "error"
  | "identifier"
  | "metricIdentifier"
  | "number"
  | "duration"
  | "string"
  | "punctuation"
  | "operator"
  | "aggregator"
  | "keyword"
  /** `start`, `end`, `step`, `range`, `min_of`, `max_of`: words with a meaning only in certain places. */
  | "preprocessor";

export interface Token {
  readonly kind: TokenKind;
  /** As written; words of a keyword in lower case are in `word`. For errors the message. */
  readonly text: string;
  /** Operators, punctuation and keywords in their canonical form, "" for the others. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

export const AGGREGATORS: ReadonlySet<string> = new Set<AggregateOp>([
  "sum",
  "avg",
  "count",
  "min",
  "max",
  "group",
  "stddev",
  "stdvar",
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
]);

const WORD_OPERATORS: ReadonlySet<string> = new Set(["and", "or", "unless", "atan2"]);

const KEYWORDS: ReadonlySet<string> = new Set([
  "offset",
  "smoothed",
  "anchored",
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "fill",
  "fill_left",
  "fill_right",
  "bool",
]);

const PREPROCESSORS: ReadonlySet<string> = new Set(["start", "end", "step", "range", "min_of", "max_of"]);

/** What a word outside braces is; `undefined` for a plain identifier. */
export function wordKind(lowerCase: string): TokenKind | undefined {
  if (AGGREGATORS.has(lowerCase)) return "aggregator";
  if (WORD_OPERATORS.has(lowerCase)) return "operator";
  if (KEYWORDS.has(lowerCase)) return "keyword";
  if (PREPROCESSORS.has(lowerCase)) return "preprocessor";
  if (lowerCase === "inf" || lowerCase === "nan") return "number";
  return undefined;
}

/** True for a word that cannot be a metric's name at the start of an expression. */
const NOT_METRIC_NAMES: ReadonlySet<string> = new Set(["atan2", "on", "ignoring", "group_left", "group_right", "bool"]);

/** May this token be a metric's name where an expression begins? */
export function isMetricNameToken(token: Token): boolean {
  switch (token.kind) {
    case "identifier":
    case "metricIdentifier":
    case "aggregator":
    case "preprocessor":
      return true;
    case "operator":
    case "keyword":
      return isWord(token) && !NOT_METRIC_NAMES.has(token.word);
    default:
      return false;
  }
}

/** May this token be a label's name within `by (…)`, `on (…)` and the like? Of the keywords `without` alone may not. */
export function isGroupingLabelToken(token: Token): boolean {
  if (token.word === "without") return false;
  return isMetricNameToken(token) || ((token.kind === "operator" || token.kind === "keyword") && isWord(token));
}

function isWord(token: Token): boolean {
  return /^[a-z]/.test(token.word);
}

/** What an error message calls a token. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case "eof":
      return "end of input";
    case "identifier":
      return `identifier ${goQuote(token.text)}`;
    case "metricIdentifier":
      return `metric identifier ${goQuote(token.text)}`;
    case "number":
    case "duration":
    case "string":
      return `${token.kind} ${shortQuote(token.text)}`;
    case "operator":
      return token.word === "=" ? shortQuote(token.text) : `<op:${token.text}>`;
    case "aggregator":
      return `<aggr:${token.text}>`;
    case "keyword":
      return `<${token.text}>`;
    default:
      return shortQuote(token.text);
  }
}

function shortQuote(text: string): string {
  const runes = [...text];
  return runes.length > 10 ? `${goQuote(runes.slice(0, 10).join(""))}...` : goQuote(text);
}

/** Go's `%q`. */
export function goQuote(text: string): string {
  return quoteLabelValue(text);
}
