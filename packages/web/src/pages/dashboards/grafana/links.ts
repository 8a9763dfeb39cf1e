/** Links of panels, of their data and of dashboards: those that lead somewhere from here, and notes on the others. */
import type { DashboardLink } from "@dmon/model";
import { asObject, type Json, objects, text } from "./json.ts";

/** What only one point of a series has. */
const OF_A_POINT = /\$\{?__(field|value|series|data|cell)/;

interface Links {
  readonly links: readonly DashboardLink[];
  readonly notes: readonly string[];
}

/** A panel's own links and its data's. */
export function linksOf(panel: Json): Links {
  const { defaults, overrides } = asObject(panel.fieldConfig);
  const ofSeries = objects(overrides).flatMap((one) =>
    objects(one.properties).flatMap(({ id, value }) => (id === "links" ? objects(value) : [])),
  );
  return sorted([...objects(panel.links), ...objects(asObject(defaults).links), ...ofSeries]);
}

/** A dashboard's own, `links` of its model. */
export function dashboardLinksOf(json: Json): Links {
  const all = objects(json.links);
  const lists = all.filter((one) => one.type === "dashboards");
  const { links, notes } = sorted(all.filter((one) => one.type !== "dashboards"));
  return {
    links,
    notes: [
      ...notes,
      ...lists.map((one) => `The list of dashboards "${text(one.title) ?? ""}" is not shown: see the page Dashboards.`),
    ],
  };
}

function sorted(all: readonly Json[]): Links {
  const links: DashboardLink[] = [];
  const notes: string[] = [];
  for (const one of all) {
    const url = (text(one.url) ?? "").trim();
    const title = text(one.title) || url;
    if (/^https?:\/\//.test(url) && !OF_A_POINT.test(url)) links.push({ title, url });
    else if (OF_A_POINT.test(url)) notes.push(`the link "${title}" is made of a point's values, and is not shown`);
    else notes.push(`the link "${title}" leads to a place in Grafana, and is not shown`);
  }
  return { links, notes };
}
