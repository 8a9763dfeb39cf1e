/** Pieces of text that the printer and the prettifier share. */
import {
  formatDuration,
  formatFloat,
  formatPlainFloat,
  isLegacyLabelName,
  isLegacyMetricName,
  METRIC_NAME,
  quoteLabelValue,
} from "@dmon/model";
import type {
  Aggregate,
  AtModifier,
  Binary,
  DurationExpr,
  MatrixSelector,
  NumberLiteral,
  Offset,
  Subquery,
  VectorSelector,
} from "../ast.ts";

/** A label's name, quoted where it must be. */
export function labelText(name: string): string {
  return isLegacyLabelName(name) ? name : quoteLabelValue(name);
}

function labelList(names: readonly string[]): string {
  // Colons need no quotes here, unlike in a matcher.
  return names.map((name) => (isLegacyMetricName(name) ? name : quoteLabelValue(name))).join(", ");
}

export function numberText(literal: NumberLiteral): string {
  return literal.isDuration ? formatDuration(Math.trunc(literal.value * 1000)) : formatPlainFloat(literal.value);
}

function durationText(expr: DurationExpr): string {
  switch (expr.type) {
    case "durationLiteral":
      return expr.withUnits ? formatDuration(Math.round(expr.seconds * 1000)) : formatPlainFloat(expr.seconds);
    case "durationCall":
      return `${expr.func}()`;
    case "durationChoice":
      return `${expr.func}(${durationText(expr.left)}, ${durationText(expr.right)})`;
    case "durationNegation":
      return `-${durationText(expr.operand)}`;
    case "durationParen":
      return `(${durationText(expr.inner)})`;
    case "durationBinary":
      return `${durationText(expr.left)} ${expr.op} ${durationText(expr.right)}`;
  }
}

function rangeText(ms: number, expr: DurationExpr | undefined): string {
  return expr === undefined ? formatDuration(ms) : durationText(expr);
}

function timeModifiers(at: AtModifier | undefined, offset: Offset): string {
  let out = "";
  if (at !== undefined) out += at.at === "time" ? ` @ ${(at.atMs / 1000).toFixed(3)}` : ` @ ${at.at}()`;
  if (offset.expr !== undefined) out += ` offset ${durationText(offset.expr)}`;
  else if (offset.ms !== 0) out += ` offset ${formatDuration(offset.ms)}`;
  return out;
}

/** Name and matchers, sorted by their text. */
function selectorHead(selector: VectorSelector): string {
  const parts = selector.matchers
    .filter(
      ({ name, type, value }) => !(name === METRIC_NAME && type === "=" && value === selector.name && value !== ""),
    )
    .map(({ name, type, value }) => `${labelText(name)}${type}${quoteLabelValue(value)}`)
    .sort();
  if (parts.length === 0) return selector.name === "" ? "{}" : selector.name;
  return `${selector.name}{${parts.join(",")}}`;
}

export function vectorSelectorText(selector: VectorSelector, range = ""): string {
  const extended = selector.extended === undefined ? "" : ` ${selector.extended}`;
  return selectorHead(selector) + range + extended + timeModifiers(selector.at, selector.offset);
}

export function matrixSelectorText(expr: MatrixSelector): string {
  return vectorSelectorText(expr.selector, `[${rangeText(expr.rangeMs, expr.rangeExpr)}]`);
}

export function subquerySuffix(expr: Subquery): string {
  const step = expr.stepMs === 0 && expr.stepExpr === undefined ? "" : rangeText(expr.stepMs, expr.stepExpr);
  return `[${rangeText(expr.rangeMs, expr.rangeExpr)}:${step}]${timeModifiers(expr.at, expr.offset)}`;
}

/** `sum by (a, b) `, with the blank before the parenthesis where there are labels. */
export function aggregateHead(expr: Aggregate): string {
  if (expr.without) return `${expr.op} without (${labelList(expr.grouping)}) `;
  return expr.grouping.length > 0 ? `${expr.op} by (${labelList(expr.grouping)}) ` : expr.op;
}

/** `>= bool on (a) group_left (b) fill (0)`. */
export function operatorText(expr: Binary): string {
  let out: string = expr.op;
  if (expr.returnBool) out += " bool";
  const { matching } = expr;
  if (matching === undefined) return out;
  const grouped = matching.card === "many-to-one" || matching.card === "one-to-many";
  if (matching.labels.length > 0 || matching.on || grouped) {
    out += ` ${matching.on ? "on" : "ignoring"} (${labelList(matching.labels)})`;
  }
  if (grouped) {
    out += ` ${matching.card === "many-to-one" ? "group_left" : "group_right"} (${labelList(matching.include)})`;
  }
  return out + fillText(matching.fillLeft, matching.fillRight);
}

function fillText(left: number | undefined, right: number | undefined): string {
  if (left !== undefined && Object.is(left, right)) return ` fill (${formatFloat(left)})`;
  const leftText = left === undefined ? "" : ` fill_left (${formatFloat(left)})`;
  return right === undefined ? leftText : `${leftText} fill_right (${formatFloat(right)})`;
}
