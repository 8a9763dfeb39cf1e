/**
 * The whole configuration: one YAML file, everything optional. Each section's schema lives with the package that uses it;
 * this file joins them and adds what belongs to the server itself.
 */
import { collectConfigSchema } from "@dmon/collect/config";
import { isDmonError, messageOf, parseDuration } from "@dmon/model";
import { storageConfigSchema } from "@dmon/tsdb/config";
import { RE2JS } from "re2js";
import { z } from "zod";

/** A duration as text (`15s`); milliseconds after parsing. */
function duration(defaultText: string, description: string) {
  return z
    .string()
    .default(defaultText)
    .describe(description)
    .transform((text, context) => {
      try {
        return parseDuration(text);
      } catch (error) {
        if (!isDmonError(error)) throw error;
        context.addIssue({ code: "custom", message: error.message });
        return z.NEVER;
      }
    });
}

function refuseBadPattern(text: string, context: z.RefinementCtx): void {
  try {
    RE2JS.compile(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: messageOf(error) });
  }
}

const logSchema = z
  .strictObject({
    level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("Least severe level that is written."),
    format: z
      .enum(["auto", "json", "pretty"])
      .default("auto")
      .describe("auto: readable on a terminal, JSON lines elsewhere."),
  })
  .prefault({});

const querySchema = z
  .strictObject({
    lookback: duration("5m", "How far back an instant selector looks for a sample."),
    timeout: duration("2m", "A query that takes longer is ended."),
    max_samples: z.number().int().positive().default(50_000_000).describe("Most samples one query may hold at once."),
    max_response: z
      .number()
      .int()
      .positive()
      .default(256 * 1024 * 1024)
      .describe("Largest answer, bytes; a larger one is refused before it is written."),
    experimental_functions: z.boolean().default(false).describe("PromQL functions that Prometheus calls experimental."),
    delayed_name_removal: z
      .boolean()
      .default(false)
      .describe("As Prometheus' feature flag promql-delayed-name-removal."),
  })
  .prefault({});

const webSchema = z
  .strictObject({
    config_file: z.string().optional().describe("TLS and users, in the format of Prometheus' web.yml."),
    external_url: z.url().optional().describe("The address under which people reach this server."),
    allowed_hosts: z.array(z.string()).default([]).describe("Further names that a request's Host header may carry."),
    cors_origin: z
      .string()
      .default("")
      .superRefine(refuseBadPattern)
      .describe("RE2 for the origins of other sites' pages that may read the API; none where empty (default)."),
    enable_remote_write: z.boolean().default(true).describe("Accepts remote write at /api/v1/write."),
    enable_admin_api: z
      .boolean()
      .default(false)
      .describe("Offers /api/v1/admin/tsdb: deleting series and snapshots. Needs a credential in any case."),
    enable_otlp: z.boolean().default(true).describe("Accepts OTLP metrics at /api/v1/otlp/v1/metrics."),
  })
  .prefault({});

const rulesSchema = z
  .strictObject({
    for_outage_tolerance: duration("1h", "Alerts that were active so long before a start are taken up again."),
    for_grace_period: duration(
      "10m",
      "An alert that is taken up again waits so long at least before it fires; alerts with a shorter `for` begin anew.",
    ),
  })
  .prefault({});

export const configSchema = z.strictObject({
  listen: z.string().default("127.0.0.1:3666").describe("HOST:PORT to serve on."),
  data_dir: z
    .string()
    .optional()
    .describe("Where everything is kept. Default: a directory of the user's (see --help)."),
  external_labels: z.record(z.string(), z.string()).default({}).describe("Added to whatever leaves this server."),
  log: logSchema,
  collect: collectConfigSchema.prefault({}),
  storage: storageConfigSchema,
  query: querySchema,
  rules: rulesSchema,
  web: webSchema,
});

export type Config = z.infer<typeof configSchema>;
