/**
 * A whole prometheus.yml (Prometheus 3.14), so that an existing file can be read as it is.
 *
 * Sections that this program does not act on are still checked for unknown keys; `docs` and the server say which are used.
 */
import { z } from "zod";
import {
  absentIfNull,
  byteSize,
  checkHttpClient,
  choice,
  duration,
  flag,
  httpClientShape,
  labelMap,
  limit,
  listOf,
  mapOf,
  number,
  relabelRules,
  scalarText,
  tlsConfig,
  wholeNumber,
} from "./config-parts.ts";
import { discoveryShape } from "./discovery-config.ts";
import { globalConfig, resolveScrapeJob, type ScrapeJob, scrapeConfig } from "./scrape-config.ts";

const sigv4 = z
  .strictObject({
    region: scalarText,
    access_key: scalarText,
    secret_key: scalarText,
    profile: scalarText,
    role_arn: scalarText,
    external_id: scalarText,
    use_fips_sts_endpoint: flag,
    service_name: scalarText,
  })
  .partial();

const alertmanager = z
  .strictObject({
    scheme: scalarText.default("http"),
    path_prefix: scalarText.default("/"),
    timeout: duration.default(10_000),
    api_version: z.enum(["v2"]).nullable().default("v2"),
    relabel_configs: relabelRules.nullish(),
    alert_relabel_configs: relabelRules.nullish(),
    sigv4: absentIfNull(sigv4),
    ...httpClientShape,
    ...discoveryShape,
  })
  .superRefine(checkHttpClient);

const queueConfig = z
  .strictObject({
    capacity: wholeNumber,
    max_shards: wholeNumber,
    min_shards: wholeNumber,
    max_samples_per_send: wholeNumber,
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
    headers: mapOf(scalarText),
    write_relabel_configs: relabelRules.nullish(),
    name: scalarText.default(""),
    send_exemplars: flag.default(false),
    send_native_histograms: flag.default(false),
    round_robin_dns: flag.default(false),
    protobuf_message: z
      .enum(["prometheus.WriteRequest", "io.prometheus.write.v2.Request"])
      .default("prometheus.WriteRequest"),
    queue_config: absentIfNull(queueConfig),
    metadata_config: absentIfNull(
      z.strictObject({ send: flag, send_interval: duration, max_samples_per_send: wholeNumber }).partial(),
    ),
    sigv4: absentIfNull(sigv4),
    azuread: absentIfNull(z.looseObject({})),
    google_iam: absentIfNull(z.looseObject({})),
    ...httpClientShape,
  })
  .superRefine(checkHttpClient);

const remoteRead = z
  .strictObject({
    url: remoteUrl,
    remote_timeout: duration.default(60_000),
    chunked_read_limit: limit.optional(),
    headers: mapOf(scalarText),
    read_recent: flag.default(false),
    name: scalarText.default(""),
    required_matchers: z.preprocess((given) => given ?? {}, labelMap),
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
    exemplars: z.strictObject({ max_exemplars: wholeNumber }).partial().nullish(),
  })
  .partial();

const tracing = z
  .strictObject({
    client_type: absentIfNull(z.enum(["grpc", "http"])),
    endpoint: scalarText,
    sampling_fraction: number,
    insecure: flag,
    headers: mapOf(scalarText),
    compression: choice(["gzip"]),
    timeout: duration,
    tls_config: absentIfNull(tlsConfig),
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
  promote_resource_attributes: listOf(scalarText.refine((name) => name !== "", "is empty")),
  promote_all_resource_attributes: flag.default(false),
  ignore_resource_attributes: listOf(scalarText),
  translation_strategy: z.preprocess(
    (given) => (given === "" ? undefined : (given ?? undefined)),
    z.enum(OTLP_STRATEGIES).default("UnderscoreEscapingWithSuffixes"),
  ),
  keep_identifying_resource_attributes: flag.default(false),
  convert_histograms_to_nhcb: flag.default(false),
  promote_scope_metadata: flag.default(false),
  label_name_underscore_sanitization: flag.default(true),
  label_name_preserve_multiple_underscores: flag.default(true),
});

const filePattern = scalarText.refine(
  (path) => /^[^*]*(?:\*[^/]*)?$/.test(path),
  "`*` may stand in the file's name only",
);

/** A section written without content is null in YAML, which means its default. */
function section<T extends z.ZodType>(schema: T) {
  return z.preprocess((given) => given ?? {}, schema);
}

export const prometheusConfigSchema = z.preprocess(
  (given) => given ?? {},
  z
    .strictObject({
      global: section(globalConfig),
      runtime: section(z.strictObject({ gogc: wholeNumber }).partial()),
      rule_files: z.array(filePattern).nullish(),
      scrape_config_files: z.array(filePattern).nullish(),
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
      tracing: absentIfNull(tracing),
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
      if (config.tracing !== undefined && !config.tracing.endpoint) fail("tracing endpoint must be set");
      if (
        config.tracing?.headers &&
        Object.keys(config.tracing.headers).some((name) => /^authorization$/i.test(name))
      ) {
        fail("custom authorization header configuration is not yet supported");
      }
      for (const message of otlpFaults(config)) fail(message);
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

function* otlpFaults(config: { otlp: z.infer<typeof otlp>; global: z.infer<typeof globalConfig> }) {
  const {
    promote_resource_attributes: promoted,
    ignore_resource_attributes: ignored,
    promote_all_resource_attributes: all,
    translation_strategy: strategy,
  } = config.otlp;
  const repeated = (names: readonly string[]) => names.some((name, i) => names.indexOf(name) !== i);
  if (all && promoted.length > 0) {
    yield "'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be configured simultaneously";
  }
  if (!all && ignored.length > 0) {
    yield "'ignore_resource_attributes' cannot be configured unless 'promote_all_resource_attributes' is true";
  }
  if (repeated(promoted)) yield "duplicated promoted OTel resource attribute in 'promote_resource_attributes'";
  if (repeated(ignored)) yield "duplicated ignored OTel resource attribute in 'ignore_resource_attributes'";
  if (config.global.metric_name_validation_scheme === "legacy" && strategy.startsWith("No")) {
    yield `OTLP translation strategy ${JSON.stringify(strategy)} is not allowed when UTF8 is disabled`;
  }
}

function* jobFaults(jobs: readonly z.infer<typeof scrapeConfig>[], global: z.infer<typeof globalConfig>) {
  const seen = new Set<string>();
  for (const job of jobs) {
    const name = JSON.stringify(job.job_name);
    if (seen.has(name)) yield `found multiple scrape configs with job name ${name}`;
    seen.add(name);
    const { timeoutMs, intervalMs, legacyNames, escapingScheme } = resolveScrapeJob(job, global);
    if (legacyNames && escapingScheme === "allow-utf-8") {
      yield `utf8 metric names requested but validation scheme is not set to UTF8 for scrape config with job name ${name}`;
    }
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
