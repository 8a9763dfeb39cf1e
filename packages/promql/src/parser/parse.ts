/**
 * The parser of PromQL: recursive descent with precedence climbing.
 *
 * Stops at the first error, with the text and position that Prometheus gives. Source: the language of Prometheus 3.14
 * (prometheus.io/docs/prometheus/latest/querying/basics, `promql/parser/generated_parser.y` for its corners).
 */
import { DmonError, isDmonError, type Matcher, type MatcherType, METRIC_NAME } from "@dmon/model";
import type {
  AggregateOp,
  AtModifier,
  BinaryOp,
  Expr,
  ExtendedMode,
  MatchCardinality,
  NumberLiteral,
  Offset,
  Span,
  VectorMatching,
  VectorSelector,
} from "../ast.ts";
import { functionSignature } from "../functions/signatures.ts";
import { goFixed } from "../go-format.ts";
import { matcherPredicate } from "../matcher.ts";
import { RecentCache } from "../recent.ts";
import { checkTypes } from "./check.ts";
import {
  AFTER_COLON,
  AFTER_RANGE,
  AFTER_STEP,
  AGGREGATION,
  AT,
  BRACKETS,
  type Context,
  GROUPING,
  LABEL_MATCHING,
  OFFSET,
} from "./contexts.ts";
import { type DurationTokens, durationValue, parseDurationExpr, parseOffsetDuration } from "./duration.ts";
import { Lexer } from "./lexer.ts";
import { parseDurationSeconds, parseNumber } from "./literals.ts";
import { durationOrExpr, modified, modify, selectorOf } from "./modifiers.ts";
import { parseError } from "./parse-error.ts";
import { describeToken, goQuote, isGroupingLabelToken, isMetricNameToken, type Token } from "./tokens.ts";
import { unquote } from "./unquote.ts";

/** Which experimental parts of the language are understood. All but the functions are by default. */
export interface ParseOptions {
  /** Functions and aggregations that Prometheus has behind `promql-experimental-functions`; default false. */
  readonly experimentalFunctions?: boolean | undefined;
  /** `foo[2*step()]`, `foo offset (5m+1m)`; default true. */
  readonly durationExpressions?: boolean | undefined;
  /** `anchored` and `smoothed`; default true. */
  readonly extendedRangeSelectors?: boolean | undefined;
  /** `fill`, `fill_left` and `fill_right`; default true. */
  readonly fillModifiers?: boolean | undefined;
}

/** By the options that a text was read with. */
const recent = new Map<number, RecentCache<Expr>>();
const RECENT_MAX = 1000;
/** Longer texts are not remembered. */
const RECENT_MAX_CHARS = 10_000;

/**
 * Trees are immutable, and those of recent texts are given again.
 *
 * @throws {DmonError} `bad_query` with Prometheus' text, `line:column: parse error: …`
 */
export function parseExpr(text: string, options: ParseOptions = {}): Expr {
  const key =
    Number(options.experimentalFunctions === true) +
    2 * Number(options.durationExpressions === false) +
    4 * Number(options.extendedRangeSelectors === false) +
    8 * Number(options.fillModifiers === false);
  let texts = recent.get(key);
  if (texts === undefined) {
    texts = new RecentCache(RECENT_MAX);
    recent.set(key, texts);
  }
  const known = texts.get(text);
  if (known !== undefined) return known;
  const expr = new Parser(text, options).parse();
  if (text.length <= RECENT_MAX_CHARS) texts.set(text, expr);
  return expr;
}

/**
 * A series selector, as `match[]` parameters carry it.
 *
 * @throws {DmonError} `bad_query`; also where no matcher excludes the empty value
 */
export function parseSelector(text: string): readonly Matcher[] {
  return new Parser(text, {}).parseSelector();
}

const PRECEDENCE: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  "==": 3,
  "!=": 3,
  ">": 3,
  "<": 3,
  ">=": 3,
  "<=": 3,
  "</": 3,
  ">/": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  atan2: 5,
  "^": 6,
};
const UNARY_OPERAND_PRECEDENCE = 6;

/** Trees are walked by recursion, but for chains of operators: what is nested deeper would exhaust the stack. */
const MAX_DEPTH = 1000;

const AGGREGATORS_WITH_PARAM: ReadonlySet<string> = new Set([
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
]);
const EXPERIMENTAL_AGGREGATORS: ReadonlySet<string> = new Set(["limitk", "limit_ratio"]);

class Parser implements DurationTokens {
  readonly #text: string;
  readonly #lexer: Lexer;
  readonly #options: ParseOptions;
  /** Read only when it is needed, so that an error in what stands before it is reported first. */
  #ahead: Token | undefined;
  /** Behind that one: what was looked at before it was put back. */
  #beyond: Token | undefined;
  /** Positions end where the last closing token ended, as in Prometheus. */
  #lastClosing = 0;
  readonly #contexts: Context[] = [];
  #depth = 0;

  constructor(text: string, options: ParseOptions) {
    this.#text = text;
    this.#options = options;
    this.#lexer = new Lexer(text);
  }

  get peek(): Token {
    this.#ahead ??= this.#lex();
    return this.#ahead;
  }

  parse(): Expr {
    if (this.#isAtEnd()) throw this.error({ start: 0, end: 0 }, "no expression found in input");
    const expr = this.#expr(1);
    if (!this.#isAtEnd()) throw this.unexpected();
    return checkTypes(this.#text, expr);
  }

  parseSelector(): readonly Matcher[] {
    if (!isMetricNameToken(this.peek) && !this.isPunctuation("{")) throw this.unexpected();
    const { matchers } = this.#vectorSelector();
    if (!this.#isAtEnd()) throw this.unexpected();
    if (matchers.every((matcher) => matcherPredicate(matcher)(""))) {
      throw new DmonError("bad_query", "match[] must contain at least one non-empty matcher");
    }
    return matchers;
  }

  error(span: Span, message: string): Error {
    return parseError(this.#text, span, message);
  }

  unexpected(context: Context | undefined = this.#contexts.at(-1)): Error {
    let message = `unexpected ${describeToken(this.peek)}`;
    if (context !== undefined && context.within !== "") message += ` in ${context.within}`;
    if (context !== undefined && context.expected !== "") message += `, expected ${context.expected}`;
    return this.error(this.peek, message);
  }

  #lex(): Token {
    const token = this.#lexer.next();
    if (token.kind === "error") throw this.error(token, token.text);
    return token;
  }

  take(): Token {
    const token = this.peek;
    const isClosing = token.kind === "punctuation" && ")]}".includes(token.text);
    if (isClosing || token.kind === "number" || token.kind === "duration") this.#lastClosing = token.end;
    this.#ahead = this.#beyond;
    this.#beyond = undefined;
    return token;
  }

  #putBack(token: Token): void {
    this.#beyond = this.#ahead;
    this.#ahead = token;
  }

  #isAtEnd(): boolean {
    return this.peek.kind === "eof";
  }

  isPunctuation(text: string): boolean {
    return this.peek.kind === "punctuation" && this.peek.text === text;
  }

  takePunctuation(text: string): Token {
    if (!this.isPunctuation(text)) throw this.unexpected();
    return this.take();
  }

  get durationExpressions(): boolean {
    return this.#options.durationExpressions ?? true;
  }

  #isWord(...words: string[]): boolean {
    return words.includes(this.peek.word);
  }

  #within<T>(context: Context, parse: () => T): T {
    this.#contexts.push(context);
    const result = parse();
    this.#contexts.pop();
    return result;
  }

  /** Parses something that is one level further in. */
  deeper<T>(parse: () => T): T {
    this.#enter();
    const result = parse();
    this.#depth--;
    return result;
  }

  #enter(): void {
    this.#depth++;
    if (this.#depth > MAX_DEPTH) {
      throw this.error(this.peek, `expression is nested more than ${MAX_DEPTH} levels deep`);
    }
  }

  #expr(minPrecedence: number): Expr {
    const outer = this.#depth;
    this.#enter();
    const expr = this.#operations(minPrecedence);
    this.#depth = outer;
    return expr;
  }

  #operations(minPrecedence: number): Expr {
    let left = this.#unary();
    for (;;) {
      const operator = this.peek;
      const precedence = operator.kind === "operator" ? (PRECEDENCE[operator.word] ?? 0) : 0;
      if (precedence === 0 || precedence < minPrecedence) return left;
      this.take();
      const modifiers = this.#binaryModifiers();
      const right = this.#expr(operator.word === "^" ? precedence : precedence + 1);
      left = {
        type: "binary",
        op: operator.word as BinaryOp,
        left,
        right,
        ...modifiers,
        span: { start: left.span.start, end: right.span.end },
      };
      const { fillLeft, fillRight } = modifiers.matching;
      if ((fillLeft !== undefined || fillRight !== undefined) && this.#options.fillModifiers === false) {
        throw this.error(left.span, "binop fill modifiers are experimental and not enabled");
      }
    }
  }

  #binaryModifiers(): { matching: VectorMatching; returnBool: boolean } {
    let returnBool = false;
    let card: MatchCardinality = "one-to-one";
    let labels: readonly string[] = [];
    let on = false;
    let include: readonly string[] = [];
    if (this.#isWord("bool")) {
      this.take();
      returnBool = true;
    }
    if (this.#isWord("on", "ignoring")) {
      on = this.take().word === "on";
      labels = this.#groupingLabels();
      if (this.#isWord("group_left", "group_right")) {
        card = this.take().word === "group_left" ? "many-to-one" : "one-to-many";
        // What stands here without a parenthesis is the right side.
        if (this.isPunctuation("(") || !this.#mayBeginExpr()) include = this.#groupingLabels();
      }
    }
    const fill = this.#fillModifiers();
    return { matching: { card, labels, on, include, ...fill }, returnBool };
  }

  #fillModifiers(): { fillLeft: number | undefined; fillRight: number | undefined } {
    let fillLeft: number | undefined;
    let fillRight: number | undefined;
    if (this.#takeFill("fill")) {
      fillLeft = fillRight = this.#fillValue();
    } else {
      for (let i = 0; i < 2; i++) {
        if (fillLeft === undefined && this.#takeFill("fill_left")) fillLeft = this.#fillValue();
        else if (fillRight === undefined && this.#takeFill("fill_right")) fillRight = this.#fillValue();
      }
    }
    return { fillLeft, fillRight };
  }

  /** Without a value in parentheses behind it the word is the name of a metric. */
  #takeFill(word: string): boolean {
    if (!this.#isWord(word)) return false;
    const token = this.take();
    if (this.isPunctuation("(")) return true;
    this.#putBack(token);
    return false;
  }

  #fillValue(): number {
    this.takePunctuation("(");
    const value = this.#signedNumber();
    this.takePunctuation(")");
    return value;
  }

  /** A number or duration, with an optional sign. */
  #signedNumber(): number {
    let sign = 1;
    if (this.peek.kind === "operator" && this.#isWord("+", "-")) sign = this.take().word === "-" ? -1 : 1;
    if (this.peek.kind !== "number" && this.peek.kind !== "duration") throw this.unexpected();
    return sign * this.numberOrDuration().seconds;
  }

  numberOrDuration(): { seconds: number; withUnits: boolean; span: Span } {
    const token = this.take();
    const withUnits = token.kind === "duration";
    const value = withUnits ? parseDurationSeconds(token.text) : parseNumber(token.text);
    if (typeof value === "string") throw this.error(token, value);
    return { seconds: value, withUnits, span: { start: token.start, end: token.end } };
  }

  #unary(): Expr {
    const token = this.peek;
    if (token.kind !== "operator" || (token.word !== "+" && token.word !== "-")) return this.#postfix(this.#primary());
    this.take();
    const expr = this.#expr(UNARY_OPERAND_PRECEDENCE);
    const span = { start: token.start, end: expr.span.end };
    if (expr.type === "number") {
      const folded: NumberLiteral = { ...expr, value: token.word === "-" ? -expr.value : expr.value, span };
      return folded;
    }
    return { type: "unary", op: token.word, expr, span };
  }

  #primary(): Expr {
    const token = this.peek;
    switch (token.kind) {
      case "number":
      case "duration": {
        const { seconds, withUnits, span } = this.numberOrDuration();
        return { type: "number", value: seconds, isDuration: withUnits, span };
      }
      case "string": {
        this.take();
        return { type: "string", value: unquote(token.text), span: { start: token.start, end: token.end } };
      }
      case "punctuation":
        if (token.text === "{") return this.#vectorSelector();
        if (token.text !== "(") throw this.unexpected();
        return this.#paren();
      default:
        if (!isMetricNameToken(token)) throw this.unexpected();
        return this.#nameOrCall();
    }
  }

  #paren(): Expr {
    const open = this.take();
    const expr = this.#expr(1);
    const close = this.takePunctuation(")");
    return { type: "paren", expr, span: { start: open.start, end: close.end } };
  }

  #nameOrCall(): Expr {
    const token = this.take();
    if (token.kind === "aggregator") {
      if (this.isPunctuation("(") || this.#isWord("by", "without")) return this.#aggregate(token);
      if (!this.#mayFollowName()) throw this.unexpected();
    }
    if (this.isPunctuation("(") && (token.kind === "identifier" || token.kind === "preprocessor"))
      return this.#call(token);
    return this.#vectorSelectorAfter(token);
  }

  /** True where the next token can stand behind a metric's name. */
  #mayFollowName(): boolean {
    const token = this.peek;
    if (token.kind === "eof") return true;
    if (token.kind === "punctuation") return token.text !== "(";
    if (token.kind === "operator") return token.word !== "=";
    return token.kind === "keyword" && ["offset", "anchored", "smoothed"].includes(token.word);
  }

  #call(name: Token): Expr {
    const args = this.#arguments();
    const func = name.text;
    const signature = functionSignature(func);
    if (signature === undefined) throw this.error(name, `unknown function with name ${goQuote(func)}`);
    if (signature.experimental && !this.#options.experimentalFunctions) {
      throw this.error(name, `function ${goQuote(func)} is not enabled`);
    }
    return { type: "call", func, args, span: { start: name.start, end: this.#lastClosing } };
  }

  #arguments(): readonly Expr[] {
    this.takePunctuation("(");
    const args: Expr[] = [];
    if (this.isPunctuation(")")) {
      this.take();
      return args;
    }
    for (;;) {
      args.push(this.#expr(1));
      if (!this.isPunctuation(",")) break;
      const comma = this.take();
      if (!this.#mayBeginExpr()) {
        throw this.error(comma, "trailing commas not allowed in function call args");
      }
    }
    this.takePunctuation(")");
    return args;
  }

  #mayBeginExpr(): boolean {
    const { kind, text } = this.peek;
    if (kind === "number" || kind === "duration" || kind === "string") return true;
    if (kind === "punctuation") return text === "(" || text === "{";
    return text === "+" || text === "-" || isMetricNameToken(this.peek);
  }

  #aggregate(operator: Token): Expr {
    const op = operator.word as AggregateOp;
    let grouping: readonly string[] = [];
    let without = false;
    const modifier = () => {
      without = this.take().word === "without";
      grouping = this.#groupingLabels();
    };
    const args = this.#within(AGGREGATION, () => {
      const before = this.#isWord("by", "without");
      if (before) modifier();
      const parsed = this.#arguments();
      if (!before && this.#isWord("by", "without")) modifier();
      return parsed;
    });
    const span = { start: operator.start, end: this.#lastClosing };
    if (args.length === 0) throw this.error(span, "no arguments for aggregate expression provided");
    if (EXPERIMENTAL_AGGREGATORS.has(op) && !this.#options.experimentalFunctions) {
      throw this.error(
        span,
        `${op}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
      );
    }
    const withParam = AGGREGATORS_WITH_PARAM.has(op);
    const wanted = withParam ? 2 : 1;
    if (args.length !== wanted) {
      throw this.error(
        span,
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      );
    }
    return {
      type: "aggregate",
      op,
      expr: args[wanted - 1]!,
      param: withParam ? args[0] : undefined,
      grouping,
      without,
      span,
    };
  }

  #groupingLabels(): readonly string[] {
    if (!this.isPunctuation("(")) throw this.unexpected({ within: GROUPING, expected: '"("' });
    this.take();
    const labels: string[] = [];
    while (!this.isPunctuation(")")) {
      labels.push(this.#groupingLabel());
      if (this.isPunctuation(",")) this.take();
      else if (!this.isPunctuation(")")) throw this.unexpected({ within: GROUPING, expected: '"," or ")"' });
    }
    this.take();
    return labels;
  }

  #groupingLabel(): string {
    const token = this.peek;
    if (token.kind !== "string" && !isGroupingLabelToken(token)) {
      throw this.unexpected({ within: GROUPING, expected: "label" });
    }
    this.take();
    const label = token.kind === "string" ? unquote(token.text) : token.text;
    if (label === "") throw this.error(token, 'invalid label name for grouping: ""');
    return label;
  }

  #vectorSelector(): VectorSelector {
    if (this.isPunctuation("{")) return this.#braces("", this.peek.start);
    return this.#vectorSelectorAfter(this.take());
  }

  #vectorSelectorAfter(name: Token): VectorSelector {
    if (this.isPunctuation("{")) return this.#braces(name.text, name.start);
    return selectorOf(name.text, [], { start: name.start, end: name.end });
  }

  #braces(name: string, start: number): VectorSelector {
    this.takePunctuation("{");
    const matchers: Matcher[] = [];
    while (!this.isPunctuation("}")) {
      matchers.push(this.#labelMatcher());
      if (this.isPunctuation(",")) this.take();
      else if (!this.isPunctuation("}")) throw this.unexpected({ within: LABEL_MATCHING, expected: '"," or "}"' });
    }
    const close = this.take();
    return selectorOf(name, matchers, { start, end: close.end });
  }

  #labelMatcher(): Matcher {
    const token = this.peek;
    if (token.kind !== "identifier" && token.kind !== "string") {
      throw this.unexpected({ within: LABEL_MATCHING, expected: 'identifier or "}"' });
    }
    this.take();
    const name = token.kind === "string" ? unquote(token.text) : token.text;
    if (this.peek.kind !== "operator") {
      if (token.kind === "string" && (this.isPunctuation(",") || this.isPunctuation("}"))) {
        return { type: "=", name: METRIC_NAME, value: name };
      }
      const expected = token.kind === "string" ? '"," or "}"' : "label matching operator";
      throw this.unexpected({ within: LABEL_MATCHING, expected });
    }
    const type = this.take().word as MatcherType;
    const value = this.peek;
    if (value.kind !== "string") throw this.unexpected({ within: LABEL_MATCHING, expected: "string" });
    const matcher: Matcher = { type, name, value: unquote(value.text) };
    this.take();
    try {
      matcherPredicate(matcher);
    } catch (error) {
      if (isDmonError(error)) throw this.error(token, error.message);
      throw error;
    }
    return matcher;
  }

  #postfix(primary: Expr): Expr {
    let expr = primary;
    for (;;) {
      if (this.isPunctuation("[")) expr = this.#brackets(expr);
      else if (this.peek.kind === "keyword" && this.#isWord("offset")) expr = this.#offset(expr);
      else if (this.peek.kind === "operator" && this.#isWord("@")) expr = this.#at(expr);
      else if (this.peek.kind === "keyword" && this.#isWord("anchored", "smoothed")) expr = this.#extended(expr);
      else return expr;
    }
  }

  #brackets(expr: Expr): Expr {
    const open = this.take();
    const range = this.#within(BRACKETS, () => this.#positiveDuration());
    if (this.isPunctuation("]")) {
      const close = this.take();
      return this.#matrixSelector(expr, range, { start: open.start, end: close.end });
    }
    if (!this.isPunctuation(":")) throw this.unexpected(AFTER_RANGE);
    this.take();
    let step: Offset = { ms: 0, expr: undefined };
    if (!this.isPunctuation("]")) {
      step = this.#within(AFTER_COLON, () => this.#positiveDuration());
      if (!this.isPunctuation("]")) throw this.unexpected(AFTER_STEP);
    }
    const close = this.take();
    return {
      type: "subquery",
      expr,
      rangeMs: range.ms,
      rangeExpr: range.expr,
      stepMs: step.ms,
      stepExpr: step.expr,
      offset: { ms: 0, expr: undefined },
      at: undefined,
      span: { start: expr.span.start, end: close.end },
    };
  }

  #positiveDuration(): Offset {
    const expr = parseDurationExpr(this);
    const seconds = durationValue(expr);
    if (seconds !== undefined && seconds <= 0) throw this.error(expr.span, "duration must be greater than 0");
    return durationOrExpr(expr);
  }

  #matrixSelector(expr: Expr, range: Offset, brackets: Span): Expr {
    if (expr.type !== "vectorSelector") throw this.error(brackets, "ranges only allowed for vector selectors");
    if (expr.offset.ms !== 0 || expr.offset.expr !== undefined) {
      throw this.error(brackets, "no offset modifiers allowed before range");
    }
    if (expr.at !== undefined) throw this.error(brackets, "no @ modifiers allowed before range");
    return {
      type: "matrixSelector",
      selector: expr,
      rangeMs: range.ms,
      rangeExpr: range.expr,
      span: { start: expr.span.start, end: this.#lastClosing },
    };
  }

  #offset(expr: Expr): Expr {
    this.take();
    const offset = durationOrExpr(this.#within(OFFSET, () => parseOffsetDuration(this)));
    const target = modified(expr);
    if (target === undefined) {
      throw this.error(
        expr.span,
        "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
      );
    }
    if (target.offset.ms !== 0 || target.offset.expr !== undefined) {
      throw this.error(expr.span, "offset may not be set multiple times");
    }
    return modify(expr, { offset }, this.#lastClosing);
  }

  #at(expr: Expr): Expr {
    this.take();
    const at = this.#within(AT, () => this.#atModifier(expr));
    const target = modified(expr);
    if (target === undefined) {
      throw this.error(
        expr.span,
        "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery",
      );
    }
    if (target.at !== undefined) throw this.error(expr.span, "@ <timestamp> may not be set multiple times");
    return modify(expr, { at }, this.#lastClosing);
  }

  #atModifier(expr: Expr): AtModifier {
    if (this.peek.kind === "preprocessor" && this.#isWord("start", "end")) {
      const at = this.take().word === "start" ? "start" : "end";
      this.takePunctuation("(");
      this.takePunctuation(")");
      return { at };
    }
    const seconds = this.#signedNumber();
    if (!(Math.abs(seconds) < 2 ** 63)) {
      throw this.error(expr.span, `timestamp out of bounds for @ modifier: ${goFixed(seconds)}`);
    }
    const ms = Math.sign(seconds) * Math.round(Math.abs(seconds) * 1000);
    return { at: "time", atMs: ms === 0 ? 0 : ms };
  }

  #extended(expr: Expr): Expr {
    const mode = this.take().word as ExtendedMode;
    if (this.#options.extendedRangeSelectors === false) {
      throw this.error(expr.span, `${mode} modifier is experimental and not enabled`);
    }
    if (expr.type === "subquery") throw this.error(expr.span, `${mode} modifier is not supported for subqueries`);
    const target = modified(expr);
    if (target === undefined || target.type === "subquery") {
      throw this.error(expr.span, `${mode} modifier not implemented`);
    }
    if (target.extended !== undefined && target.extended !== mode) {
      throw this.error(expr.span, "anchored and smoothed modifiers cannot be used together");
    }
    return modify(expr, { extended: mode }, expr.span.end);
  }
}
