/** Rule unit test files, in promtool's format. Source: prometheus documentation "Unit testing for rules". */
import { DmonError, messageOf, parseDuration } from "@dmon/model";
import { parse } from "yaml";
import { z } from "zod";

const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  try {
    return parseDuration(String(value));
  } catch (error) {
    context.addIssue({ code: "custom", message: messageOf(error) });
    return z.NEVER;
  }
});
const text = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => (value === null ? "" : String(value)));
const labels = z
  .record(z.string(), text)
  .nullish()
  .transform((value) => value ?? {});
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);
const number = z.union([z.number(), z.string()]).transform((value, context) => {
  const parsed = typeof value === "number" ? value : Number(value.replace(/^([+-]?)\.?inf$/i, "$1Infinity"));
  if (!Number.isNaN(parsed) || /^\.?nan$/i.test(String(value))) return parsed;
  context.addIssue({ code: "custom", message: `not a number: ${value}` });
  return z.NEVER;
});
/** RFC 3339 or Unix seconds; ms. */
const instant = z.union([z.string(), z.number(), z.date()]).transform((value, context) => {
  const atMs =
    value instanceof Date
      ? value.getTime()
      : /^[\d.]+$/.test(String(value))
        ? Number(value) * 1000
        : Date.parse(String(value));
  if (!Number.isNaN(atMs)) return atMs;
  context.addIssue({ code: "custom", message: `not a time: ${value}` });
  return z.NEVER;
});

const shape = {
  rule_files: list(z.string()),
  evaluation_interval: duration.optional(),
  group_eval_order: list(z.string()),
  fuzzy_compare: z.boolean().default(false),
  tests: list(
    z.strictObject({
      name: z.string().default(""),
      interval: duration.optional(),
      start_timestamp: instant.default(0),
      input_series: list(z.strictObject({ series: z.string(), values: text, start_time: text.optional() })),
      alert_rule_test: list(
        z.strictObject({
          eval_time: duration.default(0),
          alertname: z.string().default(""),
          exp_alerts: list(z.strictObject({ exp_labels: labels, exp_annotations: labels })),
        }),
      ),
      promql_expr_test: list(
        z.strictObject({
          expr: text,
          eval_time: duration.default(0),
          exp_samples: list(
            z.strictObject({ labels: text.optional(), value: number.optional(), histogram: z.string().optional() }),
          ),
        }),
      ),
      external_labels: labels,
      external_url: z.string().default(""),
    }),
  ),
};
const strictFile = z.strictObject(shape);
const looseFile = z.object(shape);

export type UnitTestFile = z.infer<typeof strictFile>;
export type UnitTest = UnitTestFile["tests"][number];

/** @throws {DmonError} `bad_rule_test` */
export function readUnitTestFile(source: string, file: string, ignoreUnknownFields: boolean): UnitTestFile {
  let value: unknown;
  try {
    value = parse(source) ?? {};
  } catch (cause) {
    throw new DmonError("bad_rule_test", `${file}: ${messageOf(cause)}`, { cause });
  }
  const parsed = (ignoreUnknownFields ? looseFile : strictFile).safeParse(value);
  if (!parsed.success) throw new DmonError("bad_rule_test", `${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
