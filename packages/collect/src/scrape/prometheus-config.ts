/**
 * A whole prometheus.yml (Prometheus 3.14), so that an existing file can be read as it is.
 *
 * Sections that this program does not act on are still checked for unknown keys; `docs` and the server say which are used.
 */
import { z } from "zod";
import {
  byteSize,
  checkHttpClient,
  duration,
  flag,
  httpClientShape,
  labelMap,
  limit,
  relabelRules,
  scalarText,
  tlsConfig,
} from "./config-parts.ts";
import { discoveryShape } from "./discovery-config.ts";
import { globalConfig, resolveScrapeJob, type ScrapeJob, scrapeConfig } from "./scrape-config.ts";

const sigv4 = z.looseObject({});

const alertmanager = z
  .strictObject({
    scheme: z.enum(["http", "https"]).default("http"),
    path_prefix: z.string().default("/"),
    timeout: duration.default(10_000),
    api_version: z.enum(["v2"]).default("v2"),
    relabel_configs: relabelRules.nullish(),
    alert_relabel_configs: relabelRules.nullish(),
    sigv4: sigv4.optional(),
    ...httpClientShape,
    ...discoveryShape,
  })
  .superRefine(checkHttpClient);

const queueConfig = z
  .strictObject({
    capacity: limit,
    max_shards: limit,
    min_shards: limit,
    max_samples_per_send: limit,
    batch_send_deadline: duration,
    min_backoff: duration,
    max_backoff: duration,
    retry_on_http_429: flag,
    sample_age_limit: duration,
  })
  .partial();

const remoteUrl = z.string().refine((url) => URL.canParse(url), "is not a URL");

const remoteWrite = z
  .strictObject({
    url: remoteUrl,
    remote_timeout: duration.default(30_000),
    headers: z.record(z.string(), scalarText).default({}),
    write_relabel_configs: relabelRules.nullish(),
    name: z.string().default(""),
    send_exemplars: flag.default(false),
    send_native_histograms: flag.default(false),
    round_robin_dns: flag.default(false),
    protobuf_message: z
      .enum(["prometheus.WriteRequest", "io.prometheus.write.v2.Request"])
      .default("prometheus.WriteRequest"),
    queue_config: queueConfig.optional(),
    metadata_config: z
      .strictObject({ send: flag, send_interval: duration, max_samples_per_send: limit })
      .partial()
      .optional(),
    sigv4: sigv4.optional(),
    azuread: z.looseObject({}).optional(),
    google_iam: z.looseObject({}).optional(),
    ...httpClientShape,
  })
  .superRefine(checkHttpClient);

const remoteRead = z
  .strictObject({
    url: remoteUrl,
    remote_timeout: duration.default(60_000),
    chunked_read_limit: limit.optional(),
    headers: z.record(z.string(), scalarText).default({}),
    read_recent: flag.default(false),
    name: z.string().default(""),
    required_matchers: labelMap.default({}),
    filter_external_labels: flag.default(true),
    ...httpClientShape,
  })
  .superRefine(checkHttpClient);

const storage = z
  .strictObject({
    tsdb: z
      .strictObject({
        out_of_order_time_window: duration,
        stale_series_compaction_threshold: z.number(),
        retention: z.strictObject({ time: duration, size: byteSize, percentage: z.number().min(0).max(100) }).partial(),
      })
      .partial()
      .nullish(),
    exemplars: z.strictObject({ max_exemplars: z.number().int() }).partial().nullish(),
  })
  .partial();

const tracing = z
  .strictObject({
    client_type: z.enum(["grpc", "http"]),
    endpoint: z.string(),
    sampling_fraction: z.number(),
    insecure: flag,
    headers: z.record(z.string(), scalarText),
    compression: z.enum(["gzip", ""]),
    timeout: duration,
    tls_config: tlsConfig,
  })
  .partial();

const OTLP_STRATEGIES = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
] as const;

/** How OTLP metrics become series. */
const otlp = z.strictObject({
  promote_resource_attributes: z.array(z.string().min(1)).default([]),
  promote_all_resource_attributes: flag.default(false),
  ignore_resource_attributes: z.array(z.string()).default([]),
  translation_strategy: z.enum(OTLP_STRATEGIES).default("UnderscoreEscapingWithSuffixes"),
  keep_identifying_resource_attributes: flag.default(false),
  convert_histograms_to_nhcb: flag.default(false),
  promote_scope_metadata: flag.default(false),
  label_name_underscore_sanitization: flag.default(true),
  label_name_preserve_multiple_underscores: flag.default(true),
});

/** A section written without content is null in YAML, which means its default. */
function section<T extends z.ZodType>(schema: T) {
  return z.preprocess((given) => given ?? {}, schema);
}

export const prometheusConfigSchema = z.preprocess(
  (given) => given ?? {},
  z
    .strictObject({
      global: section(globalConfig),
      runtime: section(z.strictObject({ gogc: z.number().int() }).partial()),
      rule_files: z.array(z.string()).nullish(),
      scrape_config_files: z.array(z.string()).nullish(),
      scrape_configs: z.array(scrapeConfig).nullish(),
      alerting: section(
        z
          .strictObject({
            alert_relabel_configs: relabelRules.nullish(),
            alertmanagers: z.array(alertmanager).nullish(),
          })
          .partial(),
      ),
      remote_write: z.array(remoteWrite).nullish(),
      remote_read: z.array(remoteRead).nullish(),
      storage: section(storage),
      tracing: section(tracing),
      otlp: section(otlp),
    })
    .superRefine((config, context) => {
      const fail = (message: string) => context.addIssue({ code: "custom", message });
      if (
        config.global.scrape_timeout !== undefined &&
        config.global.scrape_timeout > (config.global.scrape_interval ?? 60_000)
      ) {
        fail("global scrape timeout greater than scrape interval");
      }
      for (const message of jobFaults(config.scrape_configs ?? [], config.global)) fail(message);
      for (const key of ["remote_write", "remote_read"] as const) {
        const names = (config[key] ?? []).map((each) => each.name).filter((name) => name !== "");
        for (const name of new Set(names.filter((each, i) => names.indexOf(each) !== i))) {
          fail(`found multiple ${key.replace("_", " ")} configs with job name ${JSON.stringify(name)}`);
        }
      }
    }),
);
export type PrometheusConfig = z.infer<typeof prometheusConfigSchema>;

/** A file named by `scrape_config_files`: only jobs. */
export const scrapeConfigFileSchema = z.preprocess(
  (given) => given ?? {},
  z.strictObject({ scrape_configs: z.array(scrapeConfig).nullish() }),
);

function* jobFaults(jobs: readonly z.infer<typeof scrapeConfig>[], global: z.infer<typeof globalConfig>) {
  const seen = new Set<string>();
  for (const job of jobs) {
    const name = JSON.stringify(job.job_name);
    if (seen.has(name)) yield `found multiple scrape configs with job name ${name}`;
    seen.add(name);
    const { timeoutMs, intervalMs } = resolveScrapeJob(job, global);
    if (timeoutMs > intervalMs)
      yield `scrape timeout greater than scrape interval for scrape config with job name ${name}`;
    yield* urlTargets(job);
  }
}

/** Targets that somebody wrote as URLs, where no rule makes addresses of them. */
function* urlTargets({ relabel_configs: rules, static_configs: groups }: z.infer<typeof scrapeConfig>) {
  if ((rules ?? []).length > 0) return;
  for (const { targets } of groups ?? []) {
    for (const target of targets) if (target.includes("/")) yield `${JSON.stringify(target)} is not a valid hostname`;
  }
}

/** The jobs of a configuration, with everything decided. */
export function scrapeJobsOf(config: PrometheusConfig): readonly ScrapeJob[] {
  return (config.scrape_configs ?? []).map((job) => resolveScrapeJob(job, config.global));
}
