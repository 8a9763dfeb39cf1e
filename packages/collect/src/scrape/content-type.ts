/** Which exposition format to ask a target for, and which one it answered with. */
import { DmonError } from "@dmon/model";
import type { ScrapeProtocol } from "./scrape-config.ts";

export type ExpositionFormat = "text" | "openmetrics" | "protobuf";

const MEDIA: Readonly<Record<ScrapeProtocol, string>> = {
  PrometheusProto: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
  "OpenMetricsText1.0.0": "application/openmetrics-text;version=1.0.0",
  "OpenMetricsText0.0.1": "application/openmetrics-text;version=0.0.1",
  "PrometheusText1.0.0": "text/plain;version=1.0.0",
  "PrometheusText0.0.4": "text/plain;version=0.0.4",
};
const WITH_ESCAPING: ReadonlySet<ScrapeProtocol> = new Set([
  "PrometheusProto",
  "OpenMetricsText1.0.0",
  "PrometheusText1.0.0",
]);

const FORMATS: Readonly<Record<ScrapeProtocol, ExpositionFormat>> = {
  PrometheusProto: "protobuf",
  "OpenMetricsText1.0.0": "openmetrics",
  "OpenMetricsText0.0.1": "openmetrics",
  "PrometheusText1.0.0": "text",
  "PrometheusText0.0.4": "text",
};

/** Weight of the first protocol, in tenths. */
const FIRST_WEIGHT = 6;

/** The `Accept` header: each protocol weighted by its place, anything else last. */
export function acceptHeader(protocols: readonly ScrapeProtocol[], escapingScheme: string): string {
  const weighted = protocols.map((protocol, i) => {
    const escaping = WITH_ESCAPING.has(protocol) ? `;escaping=${escapingScheme}` : "";
    return `${MEDIA[protocol]}${escaping};q=0.${FIRST_WEIGHT - i}`;
  });
  return [...weighted, `*/*;q=0.${FIRST_WEIGHT - protocols.length}`].join(",");
}

/**
 * @param fallback format of a target whose content type is absent or unknown
 * @throws {DmonError} `scrape_content_type`
 */
export function formatOf(contentType: string | undefined, fallback: ScrapeProtocol | undefined): ExpositionFormat {
  const [media = "", ...params] = (contentType ?? "").split(";").map((part) => part.trim().toLowerCase());
  if (media === "application/openmetrics-text") return "openmetrics";
  if (media === "text/plain") return "text";
  if (media === "application/vnd.google.protobuf") {
    const delimited = params.includes("encoding=delimited");
    const family = params.includes("proto=io.prometheus.client.metricfamily");
    if (delimited && family) return "protobuf";
  }
  if (fallback !== undefined) return FORMATS[fallback];
  throw new DmonError(
    "scrape_content_type",
    media === ""
      ? "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target"
      : `received unsupported Content-Type ${JSON.stringify(contentType)} and no fallback_scrape_protocol specified for target`,
  );
}
