/**
 * Reads a dashboard exported from Grafana (its JSON model) into ours.
 *
 * What cannot be shown stays in its place and says why; nothing is dropped silently. Colours become the nearest of the
 * palette, so that they stay readable in both themes. Source: Grafana's documentation of the dashboard JSON model.
 */
import type {
  DashboardDocument,
  DashboardOverride,
  DashboardPanel,
  DashboardPanelKind,
  DashboardQuery,
  DashboardThreshold,
  DashboardVariable,
} from "@dmon/model";
import { nearestColor } from "./colors.ts";

type Json = Readonly<Record<string, unknown>>;

/** Rows of Grafana's grid are 30 px and 8 px apart; ours are as high as both. */
const KINDS: Readonly<Record<string, DashboardPanelKind>> = {
  timeseries: "chart",
  graph: "chart",
  stat: "stat",
  singlestat: "stat",
  gauge: "gauge",
  bargauge: "bars",
  table: "table",
  "table-old": "table",
  text: "text",
  row: "row",
};

export function isGrafanaDashboard(value: unknown): boolean {
  const json = asObject(value);
  return json.schema !== 1 && (Array.isArray(json.panels) || "dashboard" in json || Array.isArray(json.rows));
}

/**
 * A dashboard from a file or a person: our own form, or Grafana's, bare or in its API's envelope (`{"dashboard": …}`).
 *
 * @throws {Error} where it is neither; the message says what was expected
 */
export function readDashboard(value: unknown): DashboardDocument {
  if (isGrafanaDashboard(value)) return fromGrafana(value);
  const json = asObject(value);
  if (json.schema === 1 && text(json.title) !== undefined && Array.isArray(json.panels)) {
    return value as DashboardDocument;
  }
  throw new Error(
    'This is no dashboard: an object with a "title" and a list of "panels" was expected, as Grafana (Export, JSON) and this program write it.',
  );
}

/** @throws {Error} where it is not a dashboard at all */
export function fromGrafana(value: unknown): DashboardDocument {
  const outer = asObject(value);
  const json = "dashboard" in outer ? asObject(outer.dashboard) : outer;
  if (!Array.isArray(json.panels)) {
    throw new Error(
      "This is no dashboard: it has no list of panels. Export it from Grafana as JSON, version 5 or newer.",
    );
  }
  const description = text(json.description);
  return {
    schema: 1,
    title: text(json.title) ?? "Imported dashboard",
    ...(description === undefined ? {} : { description }),
    tags: list(json.tags).filter((tag) => typeof tag === "string"),
    variables: list(asObject(json.templating).list).flatMap((one) => variableOf(asObject(one))),
    panels: list(json.panels).flatMap((one) => panelsOf(asObject(one))),
  };
}

/** A folded row holds its panels itself. */
function panelsOf(panel: Json): DashboardPanel[] {
  const own = panelOf(panel);
  return own.kind === "row" ? [own, ...list(panel.panels).map((one) => panelOf(asObject(one)))] : [own];
}

function panelOf(panel: Json): DashboardPanel {
  const type = text(panel.type) ?? "";
  const place = asObject(panel.gridPos);
  const base = {
    id: number(panel.id) ?? 0,
    title: text(panel.title) ?? "",
    ...optional("description", text(panel.description)),
    grid: { x: number(place.x) ?? 0, y: number(place.y) ?? 0, w: number(place.w) ?? 12, h: number(place.h) ?? 8 },
  };
  const kind = KINDS[type];
  if (kind === "row") return { ...base, kind, collapsed: panel.collapsed === true };
  if (kind === "text")
    return { ...base, kind, text: text(asObject(panel.options).content) ?? text(panel.content) ?? "" };
  const reason = whyNot(type, kind, panel);
  if (kind === undefined || reason !== undefined) return { ...base, kind: "unsupported", text: reason ?? "" };
  return { ...base, kind, ...contentOf(panel) };
}

function whyNot(type: string, kind: DashboardPanelKind | undefined, panel: Json): string | undefined {
  if (kind === undefined) return `Panels of the type "${type}" cannot be shown here.`;
  if (panel.libraryPanel !== undefined) return "A library panel: its content is kept in Grafana, not in the dashboard.";
  const targets = list(panel.targets).map(asObject);
  if (targets.length === 0) return "It has no query.";
  if (targets.some((target) => text(target.expr) !== undefined)) return undefined;
  const source = text(asObject(targets[0]!.datasource).type) ?? "another data source";
  return `It asks ${source}; only PromQL can be answered here.`;
}

function contentOf(panel: Json): Partial<DashboardPanel> {
  const field = asObject(panel.fieldConfig);
  const defaults = asObject(field.defaults);
  const custom = asObject(defaults.custom);
  const stacking = text(asObject(custom.stacking).mode);
  const calc = text(list(asObject(asObject(panel.options).reduceOptions).calcs)[0]);
  const legend = asObject(asObject(panel.options).legend);
  return {
    queries: list(panel.targets).flatMap((one) => queryOf(asObject(one))),
    ...optional("unit", text(defaults.unit) ?? text(panel.format)),
    ...optional("decimals", number(defaults.decimals)),
    ...optional("min", number(defaults.min)),
    ...optional("max", number(defaults.max)),
    ...(stacking === "normal" || stacking === "percent" ? { stacked: true } : {}),
    ...(stacking === "percent" ? { percentStacked: true } : {}),
    ...((number(custom.fillOpacity) ?? 0) > 0 ? { fill: true } : {}),
    ...optional("reduce", reduceOf(calc)),
    ...(legend.showLegend === false ? { legend: "hidden" as const } : {}),
    ...(asObject(panel.options).colorMode === "none"
      ? {}
      : { thresholds: thresholdsOf(asObject(defaults.thresholds)) }),
    overrides: list(field.overrides).flatMap((one) => overridesOf(asObject(one))),
  };
}

function queryOf(target: Json): DashboardQuery[] {
  const expr = text(target.expr);
  if (expr === undefined || expr.trim() === "") return [];
  return [
    {
      expr,
      ...optional("legend", text(target.legendFormat) || undefined),
      ...(target.instant === true ? { instant: true } : {}),
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
  return list(thresholds.steps).map((one) => {
    const step = asObject(one);
    return { value: number(step.value) ?? null, level: levelOf(text(step.color) ?? ""), ...percent };
  });
}

/** What a threshold's colour means. */
function levelOf(color: string): DashboardThreshold["level"] {
  const near = nearestColor(color);
  if (near === "vermilion" || near === "pink") return "critical";
  if (near === "orange" || near === "yellow") return "warning";
  return near === "teal" || near === "olive" ? "ok" : "neutral";
}

function overridesOf(override: Json): DashboardOverride[] {
  const matcher = asObject(override.matcher);
  const change = Object.assign({}, ...list(override.properties).map((one) => propertyOf(asObject(one)))) as object;
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

function variableOf(variable: Json): DashboardVariable[] {
  const name = text(variable.name);
  const type = text(variable.type);
  // A data source is always this program.
  if (name === undefined || type === "datasource" || type === "adhoc") return [];
  const current = asObject(variable.current).value;
  const base = {
    name,
    ...optional("label", text(variable.label) || undefined),
    ...(variable.multi === true ? { multi: true } : {}),
    ...(variable.includeAll === true ? { includeAll: true } : {}),
    ...optional("allValue", text(variable.allValue) || undefined),
    ...optional("regex", text(variable.regex) || undefined),
    ...(variable.hide === 2 ? { hidden: true } : {}),
    ...(typeof current === "string" && !current.startsWith("$__") ? { current } : {}),
  };
  const query = text(variable.query) ?? text(asObject(variable.query).query) ?? text(variable.definition) ?? "";
  if (type === "query") return [{ ...base, query }];
  const values = query.split(",").map((one) => one.trim().split(" : ").at(-1)!);
  return [{ ...base, values: values.filter((one) => one !== "") }];
}

function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };
}
