/** Section `storage` of the configuration file. */
import { DmonError, parseDuration } from "@dmon/model";
import { z } from "zod";

const duration = (fallback: string, what: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      try {
        return parseDuration(text);
      } catch (error) {
        context.addIssue({ code: "custom", message: error instanceof DmonError ? error.message : String(error) });
        return z.NEVER;
      }
    })
    .describe(`${what} Default ${fallback}.`);

const SIZE = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/;
const FACTORS: Readonly<Record<string, number>> = {
  B: 1,
  // As Prometheus reads them: powers of 1,024 under either spelling.
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

const size = z
  .union([z.string(), z.number()])
  .default("0")
  .transform((given, context) => {
    const match = SIZE.exec(String(given).trim());
    if (match !== null) return Math.floor(Number(match[1]) * FACTORS[match[2] ?? "B"]!);
    context.addIssue({ code: "custom", message: `not a size: ${JSON.stringify(given)}; write it as 10GB or 512MB` });
    return z.NEVER;
  });

const retention = z
  .strictObject({
    raw: duration("14d", "How long raw samples are kept."),
    "1m": duration("90d", "How long one-minute points are kept."),
    "1h": duration("2y", "How long one-hour points are kept."),
  })
  .prefault({});

const limits = z
  .strictObject({
    max_series: z
      .int()
      .positive()
      .default(1_000_000)
      .describe("Resident series over all jobs; more are refused and counted. Default 1000000."),
    max_series_per_job: z
      .int()
      .positive()
      .default(500_000)
      .describe("Resident series of one job; more are refused and counted. Default 500000."),
  })
  .prefault({});

/** Parsed: durations in ms, sizes in bytes. */
export const storageConfigSchema = z
  .strictObject({
    retention,
    max_size: size.describe("All files together stay below it, the oldest go first; 0 for no limit. Default 0."),
    out_of_order_window: duration("0s", "Samples this much older than the newest of their series are taken."),
    limits,
  })
  .prefault({});

export type StorageConfig = z.output<typeof storageConfigSchema>;
