/**
 * Duration expressions: arithmetic over durations and numbers of seconds, `step()`, `range()`, `min_of`, `max_of`.
 *
 * Within brackets the whole arithmetic is understood. After `offset` a bare literal, call or parenthesis ends the duration, so
 * that `foo offset -2^2` is `(foo offset -2)^2`.
 */
import type { DurationExpr, Span } from "../ast.ts";
import { MAX_DURATION_SECONDS } from "./literals.ts";
import type { Token } from "./tokens.ts";

/** What the parser lends to this one. */
export interface DurationTokens {
  readonly peek: Token;
  readonly durationExpressions: boolean;
  take(): Token;
  isPunctuation(text: string): boolean;
  takePunctuation(text: string): Token;
  numberOrDuration(): { seconds: number; withUnits: boolean; span: Span };
  unexpected(): Error;
  error(span: Span, message: string): Error;
  deeper<T>(parse: () => T): T;
}

type Binary = Extract<DurationExpr, { type: "durationBinary" }>;

const PRECEDENCE: Readonly<Record<string, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "^": 3 };
const UNARY_OPERAND_PRECEDENCE = 3;

/** Seconds of a literal, signed perhaps; undefined for anything that must be computed or printed as it was written. */
export function durationValue(expr: DurationExpr): number | undefined {
  return expr.type === "durationLiteral" ? expr.seconds : undefined;
}

/** Like {@link durationValue}, also within parentheses. */
function constantValue(expr: DurationExpr): number | undefined {
  if (expr.type === "durationParen") return constantValue(expr.inner);
  return durationValue(expr);
}

export function parseDurationExpr(tokens: DurationTokens, minPrecedence = 1): DurationExpr {
  return tokens.deeper(() => operations(tokens, minPrecedence));
}

function operations(tokens: DurationTokens, minPrecedence: number): DurationExpr {
  let left = unary(tokens);
  for (;;) {
    const operator = tokens.peek;
    const precedence = operator.kind === "operator" ? (PRECEDENCE[operator.word] ?? 0) : 0;
    if (precedence === 0 || precedence < minPrecedence) return left;
    tokens.take();
    const right = parseDurationExpr(tokens, operator.word === "^" ? precedence : precedence + 1);
    requireExpressions(tokens, left.span);
    if (constantValue(right) === 0) {
      if (operator.word === "/") throw tokens.error(operator, "division by zero");
      if (operator.word === "%") throw tokens.error(operator, "modulo by zero");
    }
    const op = operator.word as Binary["op"];
    left = { type: "durationBinary", op, left, right, span: { start: left.span.start, end: right.span.end } };
  }
}

function unary(tokens: DurationTokens): DurationExpr {
  const sign = takeSign(tokens);
  if (sign === undefined) return primary(tokens);
  return signed(tokens, sign, parseDurationExpr(tokens, UNARY_OPERAND_PRECEDENCE));
}

function takeSign(tokens: DurationTokens): Token | undefined {
  const token = tokens.peek;
  return token.kind === "operator" && (token.word === "+" || token.word === "-") ? tokens.take() : undefined;
}

function signed(tokens: DurationTokens, sign: Token, operand: DurationExpr): DurationExpr {
  const span = { start: sign.start, end: operand.span.end };
  if (operand.type === "durationLiteral") {
    const seconds = sign.word === "-" ? -operand.seconds : operand.seconds;
    return { ...operand, seconds, span };
  }
  if (sign.word === "+") return operand;
  requireExpressions(tokens, span);
  return { type: "durationNegation", operand, span };
}

function primary(tokens: DurationTokens): DurationExpr {
  const token = tokens.peek;
  if (token.kind === "number" || token.kind === "duration") return literal(tokens);
  if (token.kind === "preprocessor" && (token.word === "step" || token.word === "range")) {
    tokens.take();
    tokens.takePunctuation("(");
    const close = tokens.takePunctuation(")");
    const span = { start: token.start, end: close.end };
    requireExpressions(tokens, span);
    return { type: "durationCall", func: token.word, span };
  }
  if (token.kind === "preprocessor" && (token.word === "min_of" || token.word === "max_of")) {
    tokens.take();
    tokens.takePunctuation("(");
    const left = parseDurationExpr(tokens);
    tokens.takePunctuation(",");
    const right = parseDurationExpr(tokens);
    const close = tokens.takePunctuation(")");
    const span = { start: token.start, end: close.end };
    requireExpressions(tokens, span);
    return { type: "durationChoice", func: token.word, left, right, span };
  }
  if (tokens.isPunctuation("(")) return paren(tokens);
  throw tokens.unexpected();
}

function literal(tokens: DurationTokens): DurationExpr {
  const { seconds, withUnits, span } = tokens.numberOrDuration();
  if (!(Math.abs(seconds) <= MAX_DURATION_SECONDS)) throw tokens.error(span, "duration out of range");
  return { type: "durationLiteral", seconds, withUnits, span };
}

function paren(tokens: DurationTokens): DurationExpr {
  const open = tokens.takePunctuation("(");
  const inner = parseDurationExpr(tokens);
  const close = tokens.takePunctuation(")");
  const span = { start: open.start, end: close.end };
  requireExpressions(tokens, span);
  return { type: "durationParen", inner, span };
}

/** What may follow `offset`. */
export function parseOffsetDuration(tokens: DurationTokens): DurationExpr {
  const sign = takeSign(tokens);
  const operand = primary(tokens);
  return sign === undefined ? operand : signed(tokens, sign, operand);
}

function requireExpressions(tokens: DurationTokens, span: Span): void {
  if (!tokens.durationExpressions) {
    throw tokens.error(span, "experimental duration expression is not enabled");
  }
}
