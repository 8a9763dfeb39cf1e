/**
 * Reads a dashboard exported from Grafana into ours: the classic JSON model of every version, with rows of panels (before
 * version 5) or panels on a grid, and the second schema (elements and a layout).
 *
 * What cannot be shown stays in its place and says why, or is named in `notes`; nothing is dropped silently. Colours become
 * the nearest of the palette, so that they stay readable in both themes. Source: Grafana's documentation of the JSON models.
 */
import type { DashboardDocument, DashboardPanel } from "@dmon/model";
import { asObject, type Json, list, number, objects, optional, text } from "./json.ts";
import { dashboardLinksOf } from "./links.ts";
import { notesOf } from "./notes.ts";
import { placeRows } from "./old-panels.ts";
import { panelOf } from "./panels.ts";
import { asClassic, isSecondSchema } from "./second-schema.ts";
import { variablesOf } from "./variables.ts";

export function isGrafanaDashboard(value: unknown): boolean {
  const json = asObject(value);
  return json.schema !== 1 && (isClassic(json) || isClassic(unwrapped(json)) || isSecondSchema(json));
}

/**
 * A dashboard from a file or a person: our own form, or Grafana's, bare or in an envelope of its API.
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
  const json = isSecondSchema(outer) ? asClassic(outer) : unwrapped(outer);
  if (!isClassic(json)) {
    throw new Error("This is no dashboard: it has no list of panels. Export it from Grafana as JSON.");
  }
  const sources = withIds(Array.isArray(json.panels) ? sorted(json.panels) : placeRows(objects(json.rows)));
  const { variables, notes } = variablesOf(objects(asObject(json.templating).list));
  const { links, notes: linkNotes } = dashboardLinksOf(json);
  const allNotes = [
    ...notes,
    ...annotationNotes(json),
    ...linkNotes.map((note) => (note.startsWith("the ") ? `T${note.slice(1)}.` : note)),
    ...sources.flatMap(notesOf),
  ];
  return {
    schema: 1,
    title: text(json.title) ?? "Imported dashboard",
    ...optional("description", text(json.description) || undefined),
    tags: list(json.tags).filter((tag) => typeof tag === "string"),
    variables,
    ...(links.length === 0 ? {} : { links }),
    panels: sources.map(panelOf) satisfies DashboardPanel[],
    ...(allNotes.length === 0 ? {} : { notes: allNotes }),
  };
}

function isClassic(json: Json): boolean {
  return Array.isArray(json.panels) || Array.isArray(json.rows);
}

/** `{"dashboard": …}` of the API, and `{"apiVersion", "kind": "Dashboard", "spec": …}` of the newer one. */
function unwrapped(json: Json): Json {
  if ("dashboard" in json) return asObject(json.dashboard);
  return json.kind === "Dashboard" && "spec" in json ? asObject(json.spec) : json;
}

/** As Grafana opens it: by place, and a folded row holds its panels itself. */
function sorted(panels: readonly unknown[]): Json[] {
  const place = (panel: Json) => asObject(panel.gridPos);
  return objects(panels)
    .toSorted((a, b) => compare(place(a), place(b)))
    .flatMap((panel) => (panel.type === "row" ? [panel, ...objects(panel.panels)] : [panel]));
}

function compare(a: Json, b: Json): number {
  return (number(a.y) ?? 0) - (number(b.y) ?? 0) || (number(a.x) ?? 0) - (number(b.x) ?? 0);
}

/** Old and hand-written files have panels without a number, or with the same. */
function withIds(panels: readonly Json[]): Json[] {
  const taken = new Set<number>();
  let free = Math.max(0, ...panels.map((panel) => number(panel.id) ?? 0));
  return panels.map((panel) => {
    const own = number(panel.id);
    const id = own === undefined || own <= 0 || taken.has(own) ? ++free : own;
    taken.add(id);
    return { ...panel, id };
  });
}

function annotationNotes(json: Json): string[] {
  return objects(asObject(json.annotations).list)
    .filter((one) => one.builtIn !== 1)
    .map(({ name }) => `The annotations "${text(name) ?? ""}" are not asked for.`);
}
