/**
 * Grafana's second dashboard schema (`elements` and a `layout`, from version 12 on) as the classic model, which is then read
 * like any other. Tabs become rows; what a layout places by itself is placed here in its order.
 */
import { asObject, type Json, number, objects, text } from "./json.ts";

const AUTO_HEIGHT = 9;
const COLUMNS = 24;

export function isSecondSchema(json: Json): boolean {
  return "elements" in bodyOf(json) && "layout" in bodyOf(json);
}

export function asClassic(json: Json): Json {
  const body = bodyOf(json);
  const elements = asObject(body.elements);
  return {
    title: text(body.title) ?? text(asObject(asObject(json.metadata).annotations)["grafana.app/title"]),
    description: body.description,
    tags: body.tags,
    time: { from: asObject(body.timeSettings).from },
    templating: { list: objects(body.variables).map(variableOf) },
    links: body.links,
    annotations: {
      list: objects(body.annotations).map(({ spec }) => ({
        name: asObject(spec).name,
        builtIn: asObject(spec).builtIn === true ? 1 : 0,
      })),
    },
    panels: new Placing(elements).place(asObject(body.layout)),
  };
}

function bodyOf(json: Json): Json {
  return "spec" in json ? asObject(json.spec) : json;
}

/** Walks the layouts, top to bottom. */
class Placing {
  readonly #elements: Json;
  #y = 0;

  constructor(elements: Json) {
    this.#elements = elements;
  }

  place({ kind, spec }: Json): Json[] {
    const body = asObject(spec);
    if (kind === "RowsLayout") return objects(body.rows).flatMap((row) => this.#row(asObject(row.spec)));
    if (kind === "TabsLayout") return objects(body.tabs).flatMap((tab) => this.#row(asObject(tab.spec)));
    if (kind === "AutoGridLayout") return this.#autoGrid(body);
    return this.#grid(objects(body.items));
  }

  #row({ title, collapse, hideHeader, repeat, layout }: Json): Json[] {
    if (hideHeader === true) return this.place(asObject(layout));
    const gridPos = { x: 0, y: this.#y++, w: COLUMNS, h: 1 };
    const heading = { type: "row", title, collapsed: collapse === true, repeat: asObject(repeat).value, gridPos };
    return [heading, ...this.place(asObject(layout))];
  }

  #grid(items: readonly Json[]): Json[] {
    const top = this.#y;
    return items.flatMap(({ kind, spec }) => {
      const item = asObject(spec);
      // Rows inside a grid, as the first drafts of the schema had them.
      if (kind === "GridLayoutRow")
        return this.#row({ ...item, layout: { kind: "GridLayout", spec: { items: item.elements } } });
      const y = top + (number(item.y) ?? 0);
      const h = number(item.height) ?? AUTO_HEIGHT;
      this.#y = Math.max(this.#y, y + h);
      return [this.#panel(item, { x: number(item.x) ?? 0, y, w: number(item.width) ?? 12, h })];
    });
  }

  #autoGrid(body: Json): Json[] {
    const perRow = Math.min(COLUMNS, Math.max(1, number(body.maxColumnCount) ?? 3));
    const w = Math.floor(COLUMNS / perRow);
    const top = this.#y;
    return objects(body.items).map(({ spec }, i) => {
      const y = top + Math.floor(i / perRow) * AUTO_HEIGHT;
      this.#y = y + AUTO_HEIGHT;
      return this.#panel(asObject(spec), { x: (i % perRow) * w, y, w, h: AUTO_HEIGHT });
    });
  }

  #panel(item: Json, gridPos: Json): Json {
    const element = asObject(this.#elements[text(asObject(item.element).name) ?? ""]);
    const spec = asObject(element.spec);
    const base = {
      id: spec.id,
      title: spec.title,
      description: spec.description,
      gridPos,
      links: spec.links,
      ...repeatOf(item),
    };
    if (element.kind === "LibraryPanel") return { ...base, libraryPanel: spec.libraryPanel ?? {} };
    const viz = asObject(spec.vizConfig);
    const group = asObject(asObject(spec.data).spec);
    return {
      ...base,
      type: text(viz.group) ?? viz.kind,
      options: asObject(viz.spec).options,
      fieldConfig: asObject(viz.spec).fieldConfig,
      targets: objects(group.queries).map(({ spec: query }) => targetOf(asObject(query))),
      transformations: objects(group.transformations).map((one) => ({
        id: one.group ?? asObject(one.spec).id ?? one.kind,
        disabled: asObject(one.spec).disabled,
      })),
    };
  }
}

function repeatOf(item: Json): Json {
  const { value, direction, maxPerRow } = asObject(item.repeat);
  return value === undefined ? {} : { repeat: value, repeatDirection: direction, maxPerRow };
}

function targetOf(query: Json): Json {
  const asked = asObject(query.query);
  return {
    ...asObject(asked.spec),
    refId: query.refId,
    hide: query.hidden,
    datasource: { type: text(asked.group) ?? asked.kind },
  };
}

const VARIABLE_KINDS: Readonly<Record<string, string>> = {
  QueryVariable: "query",
  CustomVariable: "custom",
  ConstantVariable: "constant",
  IntervalVariable: "interval",
  TextVariable: "textbox",
  DatasourceVariable: "datasource",
  AdhocVariable: "adhoc",
  GroupByVariable: "groupby",
};

function variableOf({ kind, spec }: Json): Json {
  const body = asObject(spec);
  const type = VARIABLE_KINDS[text(kind) ?? ""] ?? text(kind);
  const asked = asObject(asObject(body.query).spec);
  const query = text(body.query) ?? text(asked.query) ?? text(asked.__legacyStringValue) ?? text(body.definition);
  return { ...body, type, query };
}
