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

export function specOf(
  panel: DashboardPanel,
  values: VariableValues,
  variables: readonly DashboardVariable[],
): PanelSpec {
  const shown = (panel.queries ?? []).filter((query) => query.hidden !== true);
  const overrides = (panel.overrides ?? []).map((one) => ({ one, test: testOf(one) }));
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
    styleOf: (label) =>
      Object.assign({}, ...overrides.filter(({ test }) => test(label)).map(({ one }) => styleOf(one))) as LineStyle,
  };
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
  return panel.mappings?.find(({ value: exact, from, to, missing }) => {
    if (value === null) return missing === true;
    if (exact !== undefined) return value === exact;
    if (from === undefined && to === undefined) return false;
    return value >= (from ?? Number.NEGATIVE_INFINITY) && value <= (to ?? Number.POSITIVE_INFINITY);
  });
}
