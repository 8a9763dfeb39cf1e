/**
 * From a discovered address to something that can be scraped: its labels, its URL, its rhythm.
 *
 * Source: Prometheus' `PopulateLabels`: discovered labels, then the job's defaults, then relabelling; labels that begin with
 * `__` steer the scrape and are not kept.
 */
import { DmonError, formatDuration, Labels, parseDuration } from "@dmon/model";
import { type LabelMap, relabel } from "./relabel.ts";
import type { ScrapeJob } from "./scrape-config.ts";

export interface ScrapeTarget {
  /** Unique within its job: labels and URL. */
  readonly key: string;
  /** Labels before relabelling. */
  readonly discovered: Labels;
  /** Labels that every sample of the target gets. */
  readonly labels: Labels;
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export type TargetOutcome =
  | { readonly kind: "active"; readonly target: ScrapeTarget }
  | { readonly kind: "dropped"; readonly discovered: Labels };

/**
 * @param labels of the group and of the discovery, without `__address__`
 * @throws {DmonError} `bad_target`, worded as Prometheus words it
 */
export function buildTarget(
  job: ScrapeJob,
  address: string,
  labels: Iterable<readonly [string, string]>,
): TargetOutcome {
  const map: LabelMap = new Map([["__address__", address]]);
  for (const [name, value] of labels) if (value !== "") map.set(name, value);
  for (const [name, value] of defaultLabels(job)) if (!map.has(name) && value !== "") map.set(name, value);
  const discovered = Labels.from(map);
  if (!relabel(map, job.relabelRules)) return { kind: "dropped", discovered };
  const relabelled = map.get("__address__") ?? "";
  if (relabelled === "") throw new DmonError("bad_target", "no address");
  checkAddress(relabelled);
  const { intervalMs, timeoutMs } = rhythmOf(map);
  if (!map.has("instance")) map.set("instance", relabelled);
  const url = urlOf(job, map, relabelled);
  const kept = Labels.from([...map].filter(([name]) => !name.startsWith("__")));
  return {
    kind: "active",
    target: { key: `${kept.key}\n${url}`, discovered, labels: kept, url, intervalMs, timeoutMs },
  };
}

function* defaultLabels(job: ScrapeJob): Generator<readonly [string, string]> {
  yield ["job", job.name];
  yield ["__scrape_interval__", formatDuration(job.intervalMs)];
  yield ["__scrape_timeout__", formatDuration(job.timeoutMs)];
  yield ["__metrics_path__", job.metricsPath];
  yield ["__scheme__", job.scheme];
  for (const [name, values] of Object.entries(job.params)) yield [`__param_${name}`, values[0] ?? ""];
}

function checkAddress(address: string): void {
  if (address.includes("/")) throw new DmonError("bad_target", `${JSON.stringify(address)} is not a valid hostname`);
}

function rhythmOf(map: LabelMap): { intervalMs: number; timeoutMs: number } {
  const interval = map.get("__scrape_interval__") ?? "";
  const timeout = map.get("__scrape_timeout__") ?? "";
  const intervalMs = durationLabel(interval, "interval");
  const timeoutMs = durationLabel(timeout, "timeout");
  if (timeoutMs > intervalMs) {
    throw new DmonError(
      "bad_target",
      `scrape timeout cannot be greater than scrape interval (${JSON.stringify(timeout)} > ${JSON.stringify(interval)})`,
    );
  }
  return { intervalMs, timeoutMs };
}

function durationLabel(text: string, what: string): number {
  let ms: number;
  try {
    ms = parseDuration(text);
  } catch (cause) {
    throw new DmonError("bad_target", `error parsing scrape ${what}: ${(cause as Error).message}`, { cause });
  }
  if (ms === 0) throw new DmonError("bad_target", `scrape ${what} cannot be 0`);
  return ms;
}

function urlOf(job: ScrapeJob, map: LabelMap, address: string): string {
  const params = new Map(Object.entries(job.params).map(([name, values]) => [name, [...values]]));
  for (const [label, value] of map) {
    if (!label.startsWith("__param_")) continue;
    const name = label.slice("__param_".length);
    params.set(name, [value, ...(params.get(name) ?? []).slice(1)]);
  }
  const query = [...params.keys()]
    .sort()
    .flatMap((name) => params.get(name)!.map((value) => `${queryEscape(name)}=${queryEscape(value)}`))
    .join("&");
  const path = map.get("__metrics_path__") ?? "";
  const rooted = path.startsWith("/") || path === "" ? path : `/${path}`;
  const escaped = encodeURI(rooted).replace(/[?#]/g, encodeURIComponent);
  const scheme = map.get("__scheme__") ?? "";
  return `${scheme === "" ? "" : `${scheme}:`}//${hostEscape(address)}${escaped}${query === "" ? "" : `?${query}`}`;
}

/** As Go's `URL.String` writes a host. */
function hostEscape(address: string): string {
  return address.replace(/[^\w!"$&'()*+,\-.:;<=>[\]~]/gu, (letter) => encodeURIComponent(letter));
}

/** Go's `url.QueryEscape`. */
function queryEscape(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, "+");
}
