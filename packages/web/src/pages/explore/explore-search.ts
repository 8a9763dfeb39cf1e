/** Explore's part of the address: what is asked, and how it is shown. A link carries all of it. */

export interface ExploreSearch {
  /** PromQL, one a query. */
  q?: readonly string[];
  /** `table`; default the graph. */
  view?: "table";
  unit?: string;
  stacked?: boolean;
}

export function readExploreSearch(raw: Readonly<Record<string, unknown>>): ExploreSearch {
  const search: ExploreSearch = {};
  const q = typeof raw.q === "string" ? [raw.q] : raw.q;
  if (Array.isArray(q)) search.q = q.filter((one) => typeof one === "string").slice(0, 20);
  if (raw.view === "table") search.view = "table";
  if (typeof raw.unit === "string") search.unit = raw.unit;
  if (raw.stacked === true) search.stacked = true;
  return search;
}
