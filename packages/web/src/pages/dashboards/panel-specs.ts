/** From a dashboard's panel to a chart's spec: variables put in, legends, overrides. */
import type {
  DashboardMapping,
  DashboardOverride,
  DashboardPanel,
  DashboardThreshold,
  DashboardVariable,
} from "@dmon/model";
import { type ColorName, CYCLE } from "../../charts/palette.ts";
import type { LineStyle, PanelSpec } from "../../charts/panel-spec.ts";
import { fromTemplate, seriesName } from "../../charts/series-name.ts";
import { substitute, substituteText, type VariableValues } from "./variables.ts";

const MAX_LINES = 100;
/** Cells that can still be told apart. */
const HEAT_POINTS = 160;
const STATE_POINTS = 450;

export function specOf(
  panel: DashboardPanel,
  values: VariableValues,
  variables: readonly DashboardVariable[],
): PanelSpec {
  const all = panel.queries ?? [];
  const shown = all.filter((query) => query.hidden !== true);
  const overrides = (panel.overrides ?? []).map((one) => ({ one, test: testOf(one) }));
  const links = (panel.links ?? []).flatMap(({ title, url }) => {
    const address = substituteText(url, values, variables);
    return isFollowed(address) ? [{ title: substituteText(title, values, variables), url: address }] : [];
  });
  return {
    id: `panel-${panel.id}`,
    title: substituteText(panel.title, values, variables),
    ...(panel.description === undefined ? {} : { help: substituteText(panel.description, values, variables) }),
    unit: panel.unit ?? "short",
    ...(panel.decimals === undefined ? {} : { decimals: panel.decimals }),
    ...(panel.min === undefined ? {} : { min: panel.min }),
    ...(panel.max === undefined ? {} : { max: panel.max }),
    stacked: panel.stacked ?? false,
    percentStacked: panel.percentStacked ?? false,
    fill: panel.fill ?? panel.stacked ?? false,
    maxLines: MAX_LINES,
    queries: shown.map((query) => ({
      expr: substitute(query.expr, values, variables),
      label: (labels) =>
        query.legend === undefined ? seriesName(labels) || query.expr : fromTemplate(query.legend, labels),
    })),
    styleOf: (label, query) => {
      const fitting = overrides.filter(
        ({ one, test }) => (one.query === undefined || all[one.query] === shown[query]) && test(label),
      );
      return Object.assign({}, ...fitting.map(({ one }) => styleOf(one))) as LineStyle;
    },
    ...(links.length === 0 ? {} : { links }),
    ...limitsOf(panel),
    ...(panel.kind === "heatmap" ? { nativeBuckets: panel.distribution !== true, maxPoints: HEAT_POINTS } : {}),
    ...(panel.kind === "states" ? { maxPoints: STATE_POINTS } : {}),
  };
}

/** A document may come from anywhere: no address that runs something. */
export function isFollowed(url: string): boolean {
  return /^https?:\/\//i.test(url) || /^\/(?![/\\])/.test(url);
}

function limitsOf({ kind, thresholds = [], thresholdStyle }: DashboardPanel): Pick<PanelSpec, "limits"> {
  if (kind !== "chart" || thresholdStyle === undefined || thresholds.length === 0) return {};
  const steps = thresholds.map(({ value, level, percent }) => ({
    from: value ?? Number.NEGATIVE_INFINITY,
    level,
    ...(percent === true ? { percent } : {}),
  }));
  return { limits: { steps, lines: thresholdStyle !== "area", areas: thresholdStyle !== "line" } };
}

function testOf({ match, negate = false }: DashboardOverride): (label: string) => boolean {
  const body = /^\/(.*)\/[a-z]*$/s.exec(match)?.[1];
  if (body === undefined) return (label) => (label === match) !== negate;
  try {
    const pattern = new RegExp(body);
    return (label) => pattern.test(label) !== negate;
  } catch {
    return () => false;
  }
}

function styleOf({ color, unit, dashed, fill, stacked, hidden, downwards, name }: DashboardOverride): LineStyle {
  const known = CYCLE.find((one) => one === color) as ColorName | undefined;
  return Object.fromEntries(
    Object.entries({ color: known, unit, dashed, fill, stacked, hidden, downwards, name }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

/** The level of a value by the panel's thresholds. */
export function levelOf(value: number, panel: DashboardPanel): DashboardThreshold["level"] {
  let level: DashboardThreshold["level"] = "neutral";
  const { min = 0, max = 100 } = panel;
  for (const step of panel.thresholds ?? []) {
    const from =
      step.value === null
        ? Number.NEGATIVE_INFINITY
        : step.percent
          ? min + ((max - min) * step.value) / 100
          : step.value;
    if (value >= from) level = step.level;
  }
  return level;
}

/** The words that stand for a value, and its level, by the panel's mappings. @param value null: there is none */
export function mappingOf(value: number | null, panel: DashboardPanel): DashboardMapping | undefined {
  for (const mapping of panel.mappings ?? []) {
    const { pattern, text } = mapping;
    if (value === null || pattern === undefined) {
      if (fits(value, mapping)) return mapping;
      continue;
    }
    const found = regexOf(pattern)?.exec(String(value));
    if (found === null || found === undefined) continue;
    const filled = text?.replaceAll(/\$(\d)/g, (_, group: string) => found[Number(group)] ?? "");
    return { ...mapping, ...(filled === undefined ? {} : { text: filled }) };
  }
  return undefined;
}

function fits(value: number | null, { value: exact, from, to, missing }: DashboardMapping): boolean {
  if (value === null) return missing === true;
  if (exact !== undefined) return value === exact;
  if (from === undefined && to === undefined) return false;
  return value >= (from ?? Number.NEGATIVE_INFINITY) && value <= (to ?? Number.POSITIVE_INFINITY);
}

/** `/regex/` or the bare text of one; undefined where it cannot be read. */
function regexOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(/^\/(.*)\/[a-z]*$/s.exec(pattern)?.[1] ?? pattern);
  } catch {
    return undefined;
  }
}
