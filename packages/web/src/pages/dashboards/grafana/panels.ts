/** One panel of Grafana's model. */
import type {
  DashboardMapping,
  DashboardPanel,
  DashboardPanelKind,
  DashboardQuery,
  DashboardThreshold,
} from "@dmon/model";
import { levelOf } from "./colors.ts";
import { asObject, type Json, list, number, objects, optional, text } from "./json.ts";
import { linksOf } from "./links.ts";
import { oldContentOf, oldKindOf } from "./old-panels.ts";
import { overridesOf } from "./overrides.ts";

/** Rows of Grafana's grid are 30 px and 8 px apart; ours are as high as both. */
const KINDS: Readonly<Record<string, DashboardPanelKind>> = {
  timeseries: "chart",
  graph: "chart",
  heatmap: "heatmap",
  "heatmap-new": "heatmap",
  "state-timeline": "states",
  "status-history": "states",
  "natel-discrete-panel": "states",
  "flant-statusmap-panel": "states",
  stat: "stat",
  singlestat: "stat",
  gauge: "gauge",
  bargauge: "bars",
  barchart: "bars",
  piechart: "bars",
  "grafana-piechart-panel": "bars",
  table: "table",
  "table-old": "table",
  text: "text",
  row: "row",
};

export function panelOf(panel: Json): DashboardPanel {
  const type = text(panel.type) ?? "";
  const place = asObject(panel.gridPos);
  const base = {
    id: number(panel.id) ?? 0,
    title: text(panel.title) ?? "",
    ...optional("description", text(panel.description) || undefined),
    grid: { x: number(place.x) ?? 0, y: number(place.y) ?? 0, w: number(place.w) ?? 12, h: number(place.h) ?? 8 },
    ...repeatOf(panel),
    ...optional("links", some(linksOf(panel).links)),
  };
  const kind = oldKindOf(panel) ?? KINDS[type];
  if (kind === "row") return { ...base, kind, collapsed: panel.collapsed === true };
  if (kind === "text")
    return { ...base, kind, text: text(asObject(panel.options).content) ?? text(panel.content) ?? "" };
  const reason = whyNot(type, kind, panel);
  if (kind === undefined || reason !== undefined) {
    const queries = objects(panel.targets).flatMap(queryOf);
    return { ...base, kind: "unsupported", text: reason ?? "", ...(queries.length === 0 ? {} : { queries }) };
  }
  return { ...base, kind, ...contentOf(panel), ...ownOf(kind, panel), ...oldContentOf(panel) };
}

function repeatOf(panel: Json): Pick<DashboardPanel, "repeat"> {
  const variable = text(panel.repeat);
  if (variable === undefined || variable === "") return {};
  return {
    repeat: {
      variable,
      ...(panel.repeatDirection === "v" ? { direction: "down" as const } : {}),
      ...optional("perRow", number(panel.maxPerRow)),
    },
  };
}

function whyNot(type: string, kind: DashboardPanelKind | undefined, panel: Json): string | undefined {
  if (panel.libraryPanel !== undefined) return "A library panel: its content is kept in Grafana, not in the dashboard.";
  if (kind === undefined) return INSTEAD[type] ?? `Panels of the type "${type}" cannot be shown here.`;
  const targets = objects(panel.targets);
  if (targets.length === 0) return "It has no query.";
  if (targets.some((target) => text(target.expr) !== undefined)) return undefined;
  const source = text(asObject(targets[0]!.datasource).type) ?? text(panel.datasource) ?? "another data source";
  return `It asks ${source}; only PromQL can be answered here.`;
}

/** What there is here in place of panels that have no data of their own. */
const INSTEAD: Readonly<Record<string, string>> = {
  alertlist: "A list of alerts: here they have a page of their own, Alerts.",
  dashlist: "A list of dashboards: here it is the page Dashboards.",
  annolist: "A list of annotations: here they are marks on every chart, and listed under Notes.",
};

/** What only panels of one kind have. */
function ownOf(kind: DashboardPanelKind, panel: Json): Partial<DashboardPanel> {
  const options = asObject(panel.options);
  if (kind === "heatmap") {
    // What its rows are measured in; before version 9 it stood beside the queries.
    const unit = text(asObject(options.yAxis).unit) ?? text(asObject(panel.yAxis).format);
    const isOld = panel.dataFormat !== undefined && options.calculate === undefined;
    const distribution = isOld ? panel.dataFormat !== "tsbuckets" : options.calculate === true;
    return { ...optional("unit", unit), ...(distribution ? { distribution } : {}) };
  }
  if (kind === "states") {
    const isHistory = panel.type === "status-history" || panel.type === "flant-statusmap-panel";
    return isHistory || options.mergeValues === false ? { separate: true } : {};
  }
  const style = text(asObject(asObject(asObject(asObject(panel.fieldConfig).defaults).custom).thresholdsStyle).mode);
  return kind === "chart" ? optional("thresholdStyle", THRESHOLD_STYLES[style ?? ""]) : {};
}

const THRESHOLD_STYLES: Readonly<Record<string, NonNullable<DashboardPanel["thresholdStyle"]>>> = {
  line: "line",
  dashed: "line",
  area: "area",
  "line+area": "both",
  "dashed+area": "both",
};

function some<T>(all: readonly T[]): readonly T[] | undefined {
  return all.length === 0 ? undefined : all;
}

function contentOf(panel: Json): Partial<DashboardPanel> {
  const field = asObject(panel.fieldConfig);
  const defaults = asObject(field.defaults);
  const custom = asObject(defaults.custom);
  const options = asObject(panel.options);
  const stacking = text(asObject(custom.stacking).mode);
  const calc = text(list(asObject(options.reduceOptions).calcs)[0]);
  const legend = asObject(options.legend);
  const mappings = objects(defaults.mappings).flatMap(mappingsOf);
  return {
    queries: objects(panel.targets).flatMap(queryOf),
    ...optional("unit", text(defaults.unit) ?? text(panel.format)),
    ...optional("decimals", number(defaults.decimals)),
    ...optional("min", number(defaults.min)),
    ...optional("max", number(defaults.max)),
    ...(stacking === "normal" || stacking === "percent" ? { stacked: true } : {}),
    ...(stacking === "percent" ? { percentStacked: true } : {}),
    ...((number(custom.fillOpacity) ?? 0) > 0 ? { fill: true } : {}),
    ...optional("reduce", reduceOf(calc)),
    ...(legend.showLegend === false ? { legend: "hidden" as const } : {}),
    ...(options.graphMode === "area" ? { spark: true } : {}),
    ...(options.colorMode === "none" ? {} : { thresholds: thresholdsOf(asObject(defaults.thresholds)) }),
    ...(mappings.length === 0 ? {} : { mappings }),
    overrides: objects(field.overrides).flatMap((one) => overridesOf(one, refIdsOf(panel))),
  };
}

function queryOf(target: Json): DashboardQuery[] {
  const expr = text(target.expr);
  if (expr === undefined || expr.trim() === "") return [];
  return [
    {
      expr,
      ...optional("legend", text(target.legendFormat) || undefined),
      ...(target.instant === true && target.range !== true ? { instant: true } : {}),
      ...(target.hide === true ? { hidden: true } : {}),
    },
  ];
}

/** The queries' names (A, B, …), aligned with the queries that are taken over. */
function refIdsOf(panel: Json): string[] {
  return objects(panel.targets).flatMap((target) => queryOf(target).map(() => text(target.refId) ?? ""));
}

export function reduceOf(calc: string | undefined): DashboardPanel["reduce"] {
  if (calc === "mean" || calc === "max" || calc === "min" || calc === "sum") return calc;
  return calc === undefined ? undefined : "last";
}

function thresholdsOf(thresholds: Json): DashboardThreshold[] {
  const percent = thresholds.mode === "percentage" ? { percent: true } : {};
  return objects(thresholds.steps).map((step) => ({
    value: number(step.value) ?? null,
    level: levelOf(text(step.color) ?? ""),
    ...percent,
  }));
}

export function mappingsOf({ type, options }: Json): DashboardMapping[] {
  const json = asObject(options);
  const shownAs = (result: unknown): DashboardMapping => {
    const { text: words, color } = asObject(result);
    return { ...optional("text", text(words)), ...(text(color) === undefined ? {} : { level: levelOf(text(color)!) }) };
  };
  if (type === "range")
    return [{ ...optional("from", number(json.from)), ...optional("to", number(json.to)), ...shownAs(json.result) }];
  if (type === "regex") return text(json.pattern) ? [{ pattern: json.pattern as string, ...shownAs(json.result) }] : [];
  if (type === "special") {
    const isMissing = ["null", "nan", "null+nan", "empty"].includes(String(json.match));
    return isMissing ? [{ missing: true, ...shownAs(json.result) }] : [];
  }
  if (type !== "value") return [];
  return Object.entries(json).flatMap(([value, result]) => {
    const known = number(value);
    return known === undefined ? [] : [{ value: known, ...shownAs(result) }];
  });
}
