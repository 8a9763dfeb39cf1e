/** `scrape_configs` of prometheus.yml as a schema, and what the global section adds to each. */
import { z } from "zod";
import {
  absentIfNull,
  byteSize,
  checkHttpClient,
  choice,
  duration,
  flag,
  type HttpClientConfig,
  httpClientShape,
  labelMap,
  limit,
  listOf,
  mapOf,
  number,
  optionalText,
  relabelRules,
  scalarText,
} from "./config-parts.ts";
import { type DiscoveryConfig, discoveryShape } from "./discovery-config.ts";
import type { RelabelRule } from "./relabel.ts";

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;

const PROTOCOLS = [
  "PrometheusProto",
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
] as const;
export type ScrapeProtocol = (typeof PROTOCOLS)[number];

const DEFAULT_PROTOCOLS: readonly ScrapeProtocol[] = [
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
];

const scrapeProtocols = absentIfNull(
  z
    .array(z.enum(PROTOCOLS))
    .min(1, "scrape_protocols cannot be empty")
    .refine((all) => new Set(all).size === all.length, "duplicated protocol in scrape_protocols"),
);

/** The keys that `global` and a job share; a job's own wins. */
const sharedShape = {
  scrape_interval: duration.optional().describe("How often targets are scraped (default 1m)."),
  scrape_timeout: duration.optional().describe("When a scrape gives up (default 10s, at most the interval)."),
  scrape_protocols: scrapeProtocols.describe("Formats to ask for, best first."),
  body_size_limit: byteSize
    .optional()
    .describe("Largest body, uncompressed; a larger one fails the scrape (default 0: none)."),
  sample_limit: limit.optional().describe("Most samples of a scrape after metric relabelling (default 0: none)."),
  label_limit: limit.optional().describe("Most labels of a sample (default 0: none)."),
  label_name_length_limit: limit.optional().describe("Longest label name, bytes (default 0: none)."),
  label_value_length_limit: limit.optional().describe("Longest label value, bytes (default 0: none)."),
  target_limit: limit.optional().describe("Most targets of a job; more fail them all (default 0: none)."),
  keep_dropped_targets: limit.optional().describe("How many dropped targets are remembered (default 0: all)."),
  scrape_failure_log_file: optionalText
    .optional()
    .describe("Where each scrape that fails leaves a line of JSON (default none)."),
  scrape_native_histograms: absentIfNull(flag).describe("Ask for protobuf and take native histograms (default false)."),
  always_scrape_classic_histograms: absentIfNull(flag).describe(
    "Keep a histogram's classic buckets beside the native one.",
  ),
  convert_classic_histograms_to_nhcb: absentIfNull(flag).describe(
    "Store classic histograms as native ones with custom buckets (default false).",
  ),
  extra_scrape_metrics: absentIfNull(flag).describe(
    "Also scrape_timeout_seconds, scrape_sample_limit, scrape_body_size_bytes.",
  ),
  metric_name_validation_scheme: choice(["utf8", "legacy"]).describe(
    "Which metric and label names are taken (default utf8).",
  ),
  metric_name_escaping_scheme: choice(["allow-utf-8", "underscores", "dots", "values"]).describe(
    "How a target is asked to write names that are not legacy names (default allow-utf-8; underscores where the global scheme is legacy).",
  ),
};

export const globalConfig = z.strictObject({
  ...sharedShape,
  evaluation_interval: duration
    .transform((ms) => ms || DEFAULT_INTERVAL_MS)
    .default(DEFAULT_INTERVAL_MS)
    .describe("How often rules are evaluated (default 1m)."),
  rule_query_offset: duration.default(0).describe("How far back rules look, for late samples (default 0s)."),
  query_log_file: optionalText.optional().describe("Where each query leaves a line of JSON (default none)."),
  external_labels: z
    .preprocess((given) => given ?? {}, labelMap)
    .describe("Labels of everything that leaves this server."),
});
export type GlobalConfig = z.infer<typeof globalConfig>;

export const scrapeConfig = z
  .strictObject({
    job_name: scalarText.refine((name) => name !== "", "job_name is empty"),
    ...sharedShape,
    fallback_scrape_protocol: choice(PROTOCOLS).describe("Format of a target that names none or a wrong one."),
    honor_labels: flag.default(false).describe("Let a target's own labels win over the scrape's (default false)."),
    honor_timestamps: flag.default(true).describe("Take a target's own timestamps (default true)."),
    track_timestamps_staleness: flag.default(false).describe("Also end series with own timestamps (default false)."),
    metrics_path: scalarText.default("/metrics"),
    scheme: scalarText.default("http"),
    params: mapOf(listOf(scalarText)),
    enable_compression: flag.default(true),
    native_histogram_bucket_limit: limit.default(0),
    native_histogram_min_bucket_factor: number.default(0),
    relabel_configs: relabelRules.nullish(),
    metric_relabel_configs: relabelRules.nullish(),
    ...httpClientShape,
    ...discoveryShape,
  })
  .superRefine(checkHttpClient);
export type ScrapeConfig = z.infer<typeof scrapeConfig>;

/** A job with everything decided: what a scrape pool runs by. Lengths of time in milliseconds; limits 0 for none. */
export interface ScrapeJob {
  readonly name: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly protocols: readonly ScrapeProtocol[];
  readonly fallbackProtocol: ScrapeProtocol | undefined;
  readonly bodySizeLimit: number;
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  readonly targetLimit: number;
  readonly keepDroppedTargets: number;
  /** "" for none. */
  readonly failureLogFile: string;
  readonly nativeHistograms: boolean;
  readonly classicHistograms: boolean;
  readonly convertClassicHistograms: boolean;
  readonly bucketLimit: number;
  readonly extraMetrics: boolean;
  readonly legacyNames: boolean;
  readonly escapingScheme: string;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly metricsPath: string;
  readonly scheme: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly compression: boolean;
  readonly relabelRules: readonly RelabelRule[];
  readonly metricRelabelRules: readonly RelabelRule[];
  readonly http: HttpClientConfig;
  readonly discovery: DiscoveryConfig;
}

/** Fills a job's gaps from the global section and the defaults. */
export function resolveScrapeJob(job: ScrapeConfig, global: GlobalConfig): ScrapeJob {
  const intervalMs = job.scrape_interval || global.scrape_interval || DEFAULT_INTERVAL_MS;
  const nativeHistograms = job.scrape_native_histograms ?? global.scrape_native_histograms ?? false;
  const protocols = job.scrape_protocols ?? global.scrape_protocols;
  const legacyNames = (job.metric_name_validation_scheme ?? global.metric_name_validation_scheme) === "legacy";
  return {
    name: job.job_name,
    intervalMs,
    timeoutMs: job.scrape_timeout || Math.min(global.scrape_timeout || DEFAULT_TIMEOUT_MS, intervalMs),
    protocols: protocols ?? (nativeHistograms ? ["PrometheusProto", ...DEFAULT_PROTOCOLS] : DEFAULT_PROTOCOLS),
    fallbackProtocol: job.fallback_scrape_protocol,
    bodySizeLimit: job.body_size_limit || global.body_size_limit || 0,
    sampleLimit: job.sample_limit || global.sample_limit || 0,
    labelLimit: job.label_limit || global.label_limit || 0,
    labelNameLengthLimit: job.label_name_length_limit || global.label_name_length_limit || 0,
    labelValueLengthLimit: job.label_value_length_limit || global.label_value_length_limit || 0,
    targetLimit: job.target_limit || global.target_limit || 0,
    keepDroppedTargets: job.keep_dropped_targets || global.keep_dropped_targets || 0,
    failureLogFile: job.scrape_failure_log_file || global.scrape_failure_log_file || "",
    nativeHistograms,
    classicHistograms: job.always_scrape_classic_histograms ?? global.always_scrape_classic_histograms ?? false,
    convertClassicHistograms:
      job.convert_classic_histograms_to_nhcb ?? global.convert_classic_histograms_to_nhcb ?? false,
    bucketLimit: job.native_histogram_bucket_limit,
    extraMetrics: job.extra_scrape_metrics ?? global.extra_scrape_metrics ?? false,
    legacyNames,
    escapingScheme:
      job.metric_name_escaping_scheme ??
      global.metric_name_escaping_scheme ??
      (global.metric_name_validation_scheme === "legacy" ? "underscores" : "allow-utf-8"),
    honorLabels: job.honor_labels,
    honorTimestamps: job.honor_timestamps,
    trackTimestampsStaleness: job.track_timestamps_staleness,
    metricsPath: job.metrics_path,
    scheme: job.scheme,
    params: job.params,
    compression: job.enable_compression,
    relabelRules: job.relabel_configs ?? [],
    metricRelabelRules: job.metric_relabel_configs ?? [],
    http: job,
    discovery: job,
  };
}
