/** Explore's part of the address: what is asked, and how it is shown. A link carries all of it. */
import { parseDuration } from "@dmon/model";

export interface ExploreSearch {
  /** PromQL, one a query. */
  q?: readonly string[];
  /** `table`; default the graph. */
  view?: "table";
  unit?: string;
  stacked?: boolean;
  /** A duration (`30s`); default by the shown time. */
  step?: string;
}

export function readExploreSearch(raw: Readonly<Record<string, unknown>>): ExploreSearch {
  const search: ExploreSearch = {};
  const q = typeof raw.q === "string" ? [raw.q] : raw.q;
  if (Array.isArray(q)) search.q = q.filter((one) => typeof one === "string").slice(0, 20);
  if (raw.view === "table") search.view = "table";
  if (typeof raw.unit === "string") search.unit = raw.unit;
  if (raw.stacked === true) search.stacked = true;
  if (typeof raw.step === "string" && stepMsOf(raw.step) !== undefined) search.step = raw.step;
  return search;
}

/** A step in ms, at least a second; undefined for what is none. */
export function stepMsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    const ms = parseDuration(text);
    return ms >= 1000 ? ms : undefined;
  } catch {
    return undefined;
  }
}
