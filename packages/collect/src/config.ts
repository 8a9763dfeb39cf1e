/** Section `collect` of the configuration file. */
import { messageOf, parseDuration } from "@dmon/model";
import { z } from "zod";
import type { AnyCollectorFactory, Option } from "./collector.ts";
import { builtinCollectors } from "./collectors/builtin.ts";
import { HostContainers } from "./containers/host-containers.ts";
import type { CollectorConfig } from "./host-collection.ts";
import { compilePattern } from "./pattern.ts";
import { HostProcesses } from "./processes/host-processes.ts";

const MIN_INTERVAL_MS = 100;

const duration = z.string().transform((text, context) => {
  try {
    return parseDuration(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
    return z.NEVER;
  }
});

/** `deviceExclude` is written `device_exclude`. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function optionSchema(option: Option): z.ZodType {
  const { default: value, describe, oneOf, isPattern } = option;
  if (oneOf !== undefined) return z.enum(oneOf.map(String)).default(String(value)).describe(describe);
  if (typeof value === "boolean") return z.boolean().default(value).describe(describe);
  if (typeof value === "number") return z.number().min(0).default(value).describe(describe);
  const text = isPattern === true ? z.string().superRefine(refuseBadPattern) : z.string();
  return text.default(value).describe(describe);
}

function refuseBadPattern(text: string, context: z.RefinementCtx): void {
  try {
    compilePattern(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: messageOf(error) });
  }
}

function collectorSchema(factory: AnyCollectorFactory): z.ZodType<CollectorConfig> {
  const options = Object.entries(factory.options ?? {});
  const shape = Object.fromEntries(options.map(([name, option]) => [snakeCase(name), optionSchema(option)]));
  return z
    .strictObject({
      enabled: z.boolean().default(factory.defaultEnabled).describe(`Whether the collector ${factory.name} runs.`),
      ...shape,
    })
    .transform((given: Record<string, unknown>) => ({
      enabled: given.enabled === true,
      options: Object.fromEntries(options.map(([name]) => [name, given[snakeCase(name)] as string])),
    }));
}

/** The section for a given list of collectors; the program's own is {@link collectConfigSchema}. */
export function collectSchemaFor(factories: readonly AnyCollectorFactory[]) {
  const collectors = Object.fromEntries(factories.map((each) => [each.name, collectorSchema(each).optional()]));
  return z.strictObject({
    interval: duration
      .refine((ms) => ms >= MIN_INTERVAL_MS, `must be at least ${MIN_INTERVAL_MS}ms`)
      .default(1000)
      .describe("How often the machine is asked (default 1s)."),
    instance: z
      .string()
      .default("")
      .describe("Label `instance` of this machine's series; its host name where empty (default)."),
    procfs: z
      .string()
      .default("")
      .describe("Where the watched machine's /proc is mounted; found by itself where empty (default)."),
    sysfs: z.string().default("").describe("The same for /sys."),
    rootfs: z.string().default("").describe("The same for its root directory."),
    collectors: z.strictObject(collectors).default({}).describe("Switches and options of single collectors."),
  });
}

/** What the program collects of its machine: the host's collectors, process groups, containers. */
export const collectConfigSchema = collectSchemaFor([
  ...builtinCollectors,
  new HostProcesses().factory as AnyCollectorFactory,
  new HostContainers().factory as AnyCollectorFactory,
]);
export type CollectConfig = z.infer<typeof collectConfigSchema>;
