/** One panel of Grafana's model. */
import type {
  DashboardMapping,
  DashboardOverride,
  DashboardPanel,
  DashboardPanelKind,
  DashboardQuery,
  DashboardThreshold,
} from "@dmon/model";
import { levelOf, nearestColor } from "./colors.ts";
import { asObject, type Json, list, number, objects, optional, text } from "./json.ts";
import { oldContentOf, oldKindOf } from "./old-panels.ts";

/** Rows of Grafana's grid are 30 px and 8 px apart; ours are as high as both. */
const KINDS: Readonly<Record<string, DashboardPanelKind>> = {
  timeseries: "chart",
  graph: "chart",
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
  return { ...base, kind, ...contentOf(panel), ...oldContentOf(panel) };
}

/** What of a panel that is shown is not. */
export function notesOf(panel: Json): string[] {
  const name = `"${text(panel.title) ?? ""}"`;
  const steps = objects(panel.transformations).filter((one) => one.disabled !== true && one.id !== "organize");
  const foreign = objects(panel.targets).filter((one) => text(one.expr) === undefined && one.hide !== true);
  const { targets } = panel;
  return [
    ...(steps.length === 0
      ? []
      : [`${name}: its transformations (${steps.map((one) => one.id).join(", ")}) are not applied.`]),
    ...(foreign.length > 0 && foreign.length < list(targets).length
      ? [`${name}: ${foreign.length} of its queries ask other data sources and are left out.`]
      : []),
    ...(text(panel.timeFrom) || text(panel.timeShift)
      ? [`${name}: it is shown for the page's time, not for its own.`]
      : []),
  ];
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
  if (kind === undefined) return `Panels of the type "${type}" cannot be shown here.`;
  const targets = objects(panel.targets);
  if (targets.length === 0) return "It has no query.";
  if (targets.some((target) => text(target.expr) !== undefined)) return undefined;
  const source = text(asObject(targets[0]!.datasource).type) ?? text(panel.datasource) ?? "another data source";
  return `It asks ${source}; only PromQL can be answered here.`;
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
    overrides: objects(field.overrides).flatMap(overridesOf),
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

function reduceOf(calc: string | undefined): DashboardPanel["reduce"] {
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

function mappingsOf({ type, options }: Json): DashboardMapping[] {
  const json = asObject(options);
  const shownAs = (result: unknown): DashboardMapping => {
    const { text: words, color } = asObject(result);
    return { ...optional("text", text(words)), ...(text(color) === undefined ? {} : { level: levelOf(text(color)!) }) };
  };
  if (type === "range")
    return [{ ...optional("from", number(json.from)), ...optional("to", number(json.to)), ...shownAs(json.result) }];
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

function overridesOf(override: Json): DashboardOverride[] {
  const matcher = asObject(override.matcher);
  const change = Object.assign({}, ...objects(override.properties).map(propertyOf)) as object;
  if (Object.keys(change).length === 0) return [];
  const options = matcher.options;
  if (matcher.id === "byName" && typeof options === "string") return [{ match: options, ...change }];
  if (matcher.id === "byRegexp" && typeof options === "string") return [{ match: asPattern(options), ...change }];
  if (matcher.id === "byNames") {
    const { names, mode } = asObject(options);
    const pattern = `/^(${list(names).map(String).map(escapePattern).join("|")})$/`;
    return [{ match: pattern, ...(mode === "exclude" ? { negate: true } : {}), ...change }];
  }
  return [];
}

function asPattern(options: string): string {
  return options.startsWith("/") ? options : `/${options}/`;
}

function escapePattern(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function propertyOf({ id, value }: Json): Partial<DashboardOverride> {
  const json = asObject(value);
  switch (id) {
    case "custom.transform":
      return value === "negative-Y" ? { downwards: true } : {};
    case "custom.fillOpacity":
      return { fill: (number(value) ?? 0) > 0 };
    case "custom.lineStyle":
      return json.fill === "dash" || json.fill === "dot" ? { dashed: true } : {};
    case "custom.stacking":
      // A group of `false` takes the line out of the stack.
      return { stacked: json.group !== false && (json.mode === "normal" || json.mode === "percent") };
    case "custom.hideFrom":
      return json.viz === true ? { hidden: true } : {};
    case "color":
      return optional("color", text(json.fixedColor) === undefined ? undefined : nearestColor(text(json.fixedColor)!));
    case "displayName":
      return optional("name", text(value));
    case "unit":
      return optional("unit", text(value));
    default:
      return {};
  }
}
