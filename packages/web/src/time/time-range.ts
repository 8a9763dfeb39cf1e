/**
 * What span of time the page shows: the last so many minutes, live, or a fixed window; kept in the URL.
 *
 * All instants are ms since the epoch. Pure functions.
 */
import { formatDuration, parseDuration } from "@dmon/model";

export type TimeRange =
  | { readonly kind: "live"; readonly windowMs: number }
  | { readonly kind: "fixed"; readonly fromMs: number; readonly toMs: number };

/** The part of the URL's query that every page shares. */
export interface TimeSearch {
  /** `5m`: live. */
  range?: string;
  /** With `to`: fixed, ms. */
  from?: number;
  to?: number;
  /** How far back the comparison lies: `1d`, `1w`. */
  compare?: string;
  /** The instance that the host pages show. */
  host?: string;
  /** `wall`: all of the screen for charts, as on a screen that a team looks at from afar. */
  view?: "wall";
}

export const DEFAULT_WINDOW_MS = 300_000;
const MIN_WINDOW_MS = 5000;
const MAX_WINDOW_MS = 10 * 365 * 86_400_000;

export interface RangePreset {
  readonly text: string;
  readonly label: string;
}

export const PRESETS: readonly RangePreset[] = [
  { text: "5m", label: "Last 5 minutes" },
  { text: "15m", label: "Last 15 minutes" },
  { text: "30m", label: "Last 30 minutes" },
  { text: "1h", label: "Last hour" },
  { text: "3h", label: "Last 3 hours" },
  { text: "6h", label: "Last 6 hours" },
  { text: "12h", label: "Last 12 hours" },
  { text: "1d", label: "Last 24 hours" },
  { text: "2d", label: "Last 2 days" },
  { text: "1w", label: "Last 7 days" },
  { text: "30d", label: "Last 30 days" },
  { text: "90d", label: "Last 90 days" },
  { text: "1y", label: "Last year" },
  { text: "2y", label: "Last 2 years" },
];

export const COMPARISONS: readonly RangePreset[] = [
  { text: "1h", label: "An hour before" },
  { text: "1d", label: "A day before" },
  { text: "1w", label: "A week before" },
];

export function rangeOf(search: TimeSearch): TimeRange {
  if (search.from !== undefined && search.to !== undefined && search.to - search.from >= 1000) {
    return { kind: "fixed", fromMs: search.from, toMs: search.to };
  }
  return { kind: "live", windowMs: durationOf(search.range) ?? DEFAULT_WINDOW_MS };
}

/** How far back the comparison lies, ms; 0: none. */
export function compareMsOf({ compare }: TimeSearch): number {
  return durationOf(compare) ?? 0;
}

/** The URL's part for a range; the default leaves no trace. */
export function searchOf(range: TimeRange): Pick<TimeSearch, "range" | "from" | "to"> {
  if (range.kind === "fixed") return { from: Math.round(range.fromMs), to: Math.round(range.toMs) };
  return range.windowMs === DEFAULT_WINDOW_MS ? {} : { range: formatDuration(range.windowMs) };
}

/** ms, or undefined where the text is no usable window. */
export function durationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    const ms = parseDuration(text);
    return ms >= MIN_WINDOW_MS && ms <= MAX_WINDOW_MS ? ms : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the shared part of a URL's query; what cannot be read is left out. */
export function readTimeSearch(raw: Readonly<Record<string, unknown>>): TimeSearch {
  const search: TimeSearch = {};
  if (typeof raw.range === "string" && durationOf(raw.range) !== undefined) search.range = raw.range;
  const from = Number(raw.from);
  const to = Number(raw.to);
  if (raw.from !== undefined && raw.to !== undefined && Number.isFinite(from) && Number.isFinite(to) && to > from) {
    search.from = from;
    search.to = to;
  }
  if (typeof raw.compare === "string" && durationOf(raw.compare) !== undefined) search.compare = raw.compare;
  if (typeof raw.host === "string" && raw.host !== "") search.host = raw.host;
  if (raw.view === "wall") search.view = "wall";
  return search;
}

export function windowMsOf(range: TimeRange): number {
  return range.kind === "live" ? range.windowMs : range.toMs - range.fromMs;
}

const STEPS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
];

/**
 * The distance of the points on a chart.
 *
 * @param intervalMs the collection's; no step is shorter
 * @param maxPoints of one series
 */
export function stepMsOf(windowMs: number, intervalMs: number, maxPoints: number): number {
  if (windowMs / intervalMs <= maxPoints) return intervalMs;
  const wanted = windowMs / maxPoints / 1000;
  return (STEPS_S.find((s) => s >= wanted && s * 1000 >= intervalMs) ?? STEPS_S.at(-1)!) * 1000;
}

/** `Last 5 minutes`, or the two ends of a fixed window in local time. */
export function describeRange(range: TimeRange, utc = false): string {
  if (range.kind === "live") {
    const text = formatDuration(range.windowMs);
    return PRESETS.find((p) => durationOf(p.text) === range.windowMs)?.label ?? `Last ${text}`;
  }
  const sameDay = dayOf(range.fromMs, utc) === dayOf(range.toMs, utc);
  const from = formatInstant(range.fromMs, utc, true);
  return `${from} – ${formatInstant(range.toMs, utc, !sameDay)}`;
}

function dayOf(ms: number, utc: boolean): string {
  return new Date(ms).toLocaleDateString("en-GB", zone(utc));
}

/** `20 Nov 11:04:09`; the day is left out where `withDay` is false. */
export function formatInstant(ms: number, utc: boolean, withDay: boolean): string {
  const date = new Date(ms);
  const time = date.toLocaleTimeString("en-GB", zone(utc));
  if (!withDay) return time;
  const year = date.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" as const };
  return `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...year, ...zone(utc) })} ${time}`;
}

function zone(utc: boolean): { timeZone?: string } {
  return utc ? { timeZone: "UTC" } : {};
}
