/** `/api/v1/targets`, `targets/metadata`, `scrape_pools`, `alertmanagers`: what is scraped and who is told, as Prometheus shows it. */
import type { PrometheusConfig } from "@dmon/collect/prometheus-config";
import { DmonError, messageOf } from "@dmon/model";
import type { FastifyInstance } from "fastify";
import { parseForm, parseInteger } from "../engine/params.ts";
import type { LabelTest } from "../label-test.ts";
import type { Scraping } from "../scrape/scraping.ts";

export interface TargetOptions {
  readonly scraping: Scraping;
  readonly prometheus: () => PrometheusConfig | undefined;
}

export function registerTargets(app: FastifyInstance, { scraping, prometheus }: TargetOptions): void {
  const success = (data: unknown) => ({ status: "success", data });

  app.get("/api/v1/targets", (request) => {
    const params = paramsOf(request.url);
    const state = (params.get("state") ?? "").toLowerCase();
    const pool = params.get("scrapePool") ?? "";
    const inPool = (one: { readonly scrapePool: string }): boolean => pool === "" || one.scrapePool === pool;
    const { manager } = scraping;
    const wantsActive = state === "" || state === "any" || state === "active";
    const wantsDropped = state === "" || state === "any" || state === "dropped";
    return success({
      activeTargets: wantsActive ? (manager?.targets() ?? []).filter(inPool) : [],
      droppedTargets: wantsDropped ? (manager?.droppedTargets() ?? []).filter(inPool) : [],
      ...(wantsDropped ? { droppedTargetCounts: manager?.droppedTargetCounts() ?? {} } : { droppedTargetCounts: null }),
    });
  });

  app.get("/api/v1/targets/metadata", async (request) => {
    const params = paramsOf(request.url);
    const metric = params.get("metric") ?? "";
    const limit = parseInteger(params.get("limit") || "-1");
    if (typeof limit === "string") throw new DmonError("bad_parameter", "limit must be a number");
    const test = await targetTest(params.get("match_target") ?? "");
    const found = (scraping.manager?.targetsMetadata() ?? []).filter(
      (one) => (metric === "" || one.metric === metric) && test(one.target),
    );
    const shown = limit >= 0 ? found.slice(0, limit) : found;
    return success(metric === "" ? shown : shown.map(({ metric: _named, ...rest }) => rest));
  });

  app.get("/api/v1/scrape_pools", () => success({ scrapePools: scraping.manager?.scrapePools() ?? [] }));

  app.get("/api/v1/alertmanagers", () => {
    const active = (prometheus()?.alerting.alertmanagers ?? []).flatMap(
      ({ scheme, path_prefix: prefix, static_configs: groups }) =>
        (groups ?? []).flatMap(({ targets }) =>
          targets.map((target) => ({ url: `${scheme}://${target}${prefix.replace(/\/$/, "")}/api/v2/alerts` })),
        ),
    );
    return success({ activeAlertmanagers: active, droppedAlertmanagers: [] });
  });
}

function paramsOf(url: string): URLSearchParams {
  const at = url.indexOf("?");
  return parseForm(at < 0 ? "" : url.slice(at + 1));
}

async function targetTest(selector: string): Promise<(labels: Readonly<Record<string, string>>) => boolean> {
  if (selector === "") return () => true;
  const [{ parseSelector }, { labelTest }, { Labels }] = await Promise.all([
    import("@dmon/promql"),
    import("../label-test.ts"),
    import("@dmon/model"),
  ]);
  let test: LabelTest;
  try {
    test = labelTest(parseSelector(selector));
  } catch (cause) {
    const what = `invalid parameter "match_target": ${messageOf(cause)}`;
    throw new DmonError("bad_parameter", what, { cause });
  }
  return (labels) => test(Labels.from(labels));
}
