/**
 * What panels were before Grafana 7: `graph` and `singlestat` with their settings beside their queries, and, before version 5,
 * rows of panels that are so many twelfths wide.
 */
import type {
  DashboardMapping,
  DashboardOverride,
  DashboardPanel,
  DashboardPanelKind,
  DashboardThreshold,
} from "@dmon/model";
import { levelOf, nearestColor } from "./colors.ts";
import { asObject, type Json, list, number, objects, optional, text } from "./json.ts";

const ROW_PX = 38;
const DEFAULT_ROW_PX = 250;
const SPAN_COLUMNS = 2;
const COLUMNS = 24;

/** Rows with their panels below them, each with a place on the grid. A row without a title is none. */
export function placeRows(rows: readonly Json[]): Json[] {
  let y = 0;
  return rows.flatMap((row) => {
    const out: Json[] = [];
    if (row.showTitle === true || row.collapse === true || text(row.repeat)) {
      const gridPos = { x: 0, y: y++, w: COLUMNS, h: 1 };
      out.push({ type: "row", title: row.title, repeat: row.repeat, collapsed: row.collapse === true, gridPos });
    }
    const rowHeight = Math.max(3, Math.round((parsePx(row.height) ?? DEFAULT_ROW_PX) / ROW_PX));
    let x = 0;
    let bottom = y;
    for (const panel of objects(row.panels)) {
      const w = Math.min(COLUMNS, SPAN_COLUMNS * (number(panel.span) ?? 4));
      const own = parsePx(panel.height);
      const h = own === undefined ? rowHeight : Math.max(2, Math.round(own / ROW_PX));
      if (x + w > COLUMNS) [x, y] = [0, bottom];
      out.push({ ...panel, gridPos: { x, y, w, h } });
      x += w;
      bottom = Math.max(bottom, y + h);
    }
    y = bottom;
    return out;
  });
}

function parsePx(height: unknown): number | undefined {
  return number(text(height)?.replace("px", "") ?? height);
}

export function oldKindOf(panel: Json): DashboardPanelKind | undefined {
  if (panel.type === "singlestat") return asObject(panel.gauge).show === true ? "gauge" : "stat";
  return undefined;
}

export function oldContentOf(panel: Json): Partial<DashboardPanel> {
  if (panel.type === "graph") return graphOf(panel);
  return panel.type === "singlestat" ? singlestatOf(panel) : {};
}

function graphOf(panel: Json): Partial<DashboardPanel> {
  const [axis = {}] = objects(panel.yaxes);
  const colors = Object.entries(asObject(panel.aliasColors)).map(([match, color]) => ({
    match,
    color: nearestColor(String(color)),
  }));
  return {
    ...optional("unit", text(axis.format) ?? text(list(panel.y_formats)[0])),
    ...optional("min", number(axis.min)),
    ...optional("max", number(axis.max)),
    ...(panel.stack === true ? { stacked: true } : {}),
    ...(panel.stack === true && panel.percentage === true ? { percentStacked: true } : {}),
    ...((number(panel.fill) ?? 0) > 0 ? { fill: true } : {}),
    ...(asObject(panel.legend).show === false ? { legend: "hidden" as const } : {}),
    ...limitsOf(objects(panel.thresholds)),
    overrides: [...colors, ...objects(panel.seriesOverrides).flatMap(seriesOverrideOf)],
  };
}

const LIMIT_LEVELS: Readonly<Record<string, DashboardThreshold["level"]>> = {
  critical: "critical",
  warning: "warning",
  ok: "ok",
};

/** Limits of a graph: each counts upwards from its value, until the next. One that counts downwards is a line. */
function limitsOf(limits: readonly Json[]): Pick<DashboardPanel, "thresholds" | "thresholdStyle"> {
  const thresholds = limits.flatMap(({ value, colorMode, op }): DashboardThreshold[] => {
    const at = number(value);
    const level = LIMIT_LEVELS[String(colorMode)] ?? "neutral";
    return at === undefined ? [] : [{ value: at, level: op === "lt" ? "neutral" : level }];
  });
  if (thresholds.length === 0) return {};
  const hasArea = limits.some((one) => one.fill === true);
  const hasLine = limits.some((one) => one.line === true || one.op === "lt") || !hasArea;
  return {
    thresholds: thresholds.sort((a, b) => a.value! - b.value!),
    thresholdStyle: hasArea && hasLine ? "both" : hasArea ? "area" : "line",
  };
}

function seriesOverrideOf(one: Json): DashboardOverride[] {
  const match = text(one.alias);
  if (match === undefined) return [];
  return [
    {
      match,
      ...(one.transform === "negative-Y" ? { downwards: true } : {}),
      ...(one.dashes === true ? { dashed: true } : {}),
      ...(one.stack === false ? { stacked: false } : {}),
      ...(number(one.fill) === undefined ? {} : { fill: number(one.fill)! > 0 }),
      ...(text(one.color) === undefined ? {} : { color: nearestColor(text(one.color)!) }),
      ...(one.lines === false && one.points !== true && one.bars !== true ? { hidden: true } : {}),
    },
  ];
}

function singlestatOf(panel: Json): Partial<DashboardPanel> {
  const gauge = asObject(panel.gauge);
  const ends = String(panel.thresholds ?? "")
    .split(",")
    .flatMap((one) => number(one) ?? []);
  const colors = list(panel.colors).map(String);
  const isColored = panel.colorValue === true || panel.colorBackground === true || gauge.show === true;
  const thresholds = isColored
    ? [null, ...ends].map((value, i) => ({ value, level: levelOf(colors[i] ?? "") }))
    : undefined;
  const mappings: DashboardMapping[] = objects(panel.valueMaps).flatMap(
    ({ value, text: words }): DashboardMapping[] => {
      if (value === "null") return [{ missing: true, text: String(words) }];
      const known = number(value);
      return known === undefined ? [] : [{ value: known, text: String(words) }];
    },
  );
  for (const one of objects(panel.rangeMaps)) {
    const [from, to] = [number(one.from), number(one.to)];
    if (from !== undefined || to !== undefined) {
      mappings.push({ ...optional("from", from), ...optional("to", to), text: String(one.text) });
    }
  }
  const reduce = { avg: "mean", max: "max", min: "min", total: "sum" }[String(panel.valueName)] ?? "last";
  return {
    ...optional("unit", text(panel.format)),
    ...optional("decimals", number(panel.decimals)),
    ...(gauge.show === true
      ? { ...optional("min", number(gauge.minValue)), ...optional("max", number(gauge.maxValue)) }
      : {}),
    reduce: reduce as NonNullable<DashboardPanel["reduce"]>,
    ...(asObject(panel.sparkline).show === true ? { spark: true } : {}),
    ...optional("thresholds", thresholds),
    ...(mappings.length === 0 ? {} : { mappings }),
  };
}
