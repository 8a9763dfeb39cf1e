/**
 * Reads a configuration file against the schemas.
 *
 * Errors name file, line and column, and for an unknown key the nearest known one.
 */
import { dirname, resolve } from "node:path";
import type { PrometheusConfig } from "@dmon/collect/prometheus-config";
import { DmonError } from "@dmon/model";
import { type Document, isMap, isSeq, LineCounter, type Node, parseDocument, type Scalar, visit } from "yaml";
import { z } from "zod";
import type { LoadedConfig } from "./load.ts";
import { nearest } from "./nearest.ts";
import { type Config, configSchema } from "./schema.ts";

/** Top-level keys of prometheus.yml that this file may hold as they are. `storage` is both ours and theirs. */
const PROMETHEUS_KEYS: ReadonlySet<string> = new Set([
  "global",
  "runtime",
  "rule_files",
  "scrape_config_files",
  "scrape_configs",
  "alerting",
  "remote_write",
  "remote_read",
  "tracing",
  "otlp",
]);
const PROMETHEUS_STORAGE_KEYS: ReadonlySet<string> = new Set(["tsdb", "exemplars"]);

/**
 * @param file the name to show in errors
 * @throws {DmonError} `config_syntax`, `config_invalid`: one line a problem
 */
export async function parseConfig(text: string, file: string): Promise<LoadedConfig> {
  const source = new ConfigSource(text, file);
  const { own, theirs } = divide(source.value);
  const parsed = configSchema.safeParse(own);
  const problems = parsed.success ? [] : source.explain(parsed.error, configSchema);
  let prometheus: PrometheusConfig | undefined;
  if (Object.keys(theirs).length > 0) {
    const { prometheusConfigSchema } = await import("@dmon/collect/prometheus-config");
    const result = prometheusConfigSchema.safeParse(theirs);
    if (result.success) prometheus = result.data;
    else problems.push(...source.explain(result.error, prometheusConfigSchema));
  }
  if (!parsed.success || problems.length > 0) throw new DmonError("config_invalid", problems.join("\n"));
  return {
    config: withStoreSettings(parsed.data, own, prometheus),
    prometheus,
    baseDir: dirname(resolve(file)),
    source: source.value as Record<string, unknown>,
  };
}

/** What a prometheus.yml says of its store holds for ours, unless our own section says otherwise. */
function withStoreSettings(config: Config, own: unknown, prometheus: PrometheusConfig | undefined): Config {
  const theirs = prometheus?.storage.tsdb;
  const said = ((own as { storage?: unknown }).storage ?? {}) as {
    out_of_order_window?: unknown;
    retention?: { raw?: unknown };
  };
  const window = said.out_of_order_window === undefined ? theirs?.out_of_order_time_window : undefined;
  const raw = said.retention?.raw === undefined ? theirs?.retention?.time : undefined;
  const { storage } = config;
  return {
    ...config,
    storage: {
      ...storage,
      out_of_order_window: window ?? storage.out_of_order_window,
      retention: { ...storage.retention, raw: raw ?? storage.retention.raw },
    },
  };
}

/** What is ours and what is Prometheus' of one file. */
function divide(value: unknown): { own: unknown; theirs: Record<string, unknown> } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { own: value ?? {}, theirs: {} };
  const own: Record<string, unknown> = {};
  const theirs: Record<string, unknown> = {};
  for (const [key, section] of Object.entries(value)) {
    if (PROMETHEUS_KEYS.has(key)) theirs[key] = section;
    else if (key === "storage" && section === null) continue;
    else if (key !== "storage" || typeof section !== "object" || Array.isArray(section)) own[key] = section;
    else {
      const entries = Object.entries(section);
      const ofTheirs = entries.filter(([name]) => PROMETHEUS_STORAGE_KEYS.has(name));
      own.storage = Object.fromEntries(entries.filter(([name]) => !PROMETHEUS_STORAGE_KEYS.has(name)));
      if (ofTheirs.length > 0) theirs.storage = Object.fromEntries(ofTheirs);
    }
  }
  return { own, theirs };
}

/** A file's text with the places of its parts. */
class ConfigSource {
  readonly value: unknown;
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  /** @throws {DmonError} `config_syntax` */
  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, merge: true });
    const broken = this.#document.errors[0];
    if (broken !== undefined) throw new DmonError("config_syntax", `${this.#place(broken.pos[0])}: ${broken.message}`);
    for (const key of PROMETHEUS_KEYS) keepTexts(this.#document.get(key, true));
    this.value = this.#document.toJS() ?? {};
  }

  /** One line a problem: place, setting, what is wrong, the nearest known key. */
  explain(error: z.ZodError, schema: z.ZodType): string[] {
    return error.issues.flatMap((issue) => {
      const where = issue.path.map(String).join(".");
      if (issue.code !== "unrecognized_keys") {
        return [`${this.#place(this.#offsetOf(issue.path))}: ${where === "" ? "" : `${where}: `}${issue.message}`];
      }
      return issue.keys.map((key) => {
        const known = knownKeys(schema, issue.path);
        const close = nearest(key, known);
        const hint = close === undefined ? `known keys here: ${known.join(", ")}` : `did you mean "${close}"?`;
        const name = [where, key].filter(Boolean).join(".");
        return `${this.#place(this.#keyOffset(issue.path, key))}: unknown key "${name}"; ${hint}`;
      });
    });
  }

  #place(offset: number | undefined): string {
    const { line, col } = this.#lines.linePos(offset ?? 0);
    return `${this.#file}:${line}:${col}`;
  }

  #offsetOf(path: readonly PropertyKey[]): number | undefined {
    for (let length = path.length; length > 0; length--) {
      const node = this.#document.getIn(path.slice(0, length), true) as Node | undefined;
      if (node?.range) return node.range[0];
    }
    return undefined;
  }

  #keyOffset(path: readonly PropertyKey[], key: string): number | undefined {
    const map = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    if (!isMap(map)) return undefined;
    const pair = map.items.find((item) => String((item.key as { value?: unknown }).value) === key);
    return (pair?.key as Node | undefined)?.range?.[0];
  }
}

/** As Go's YAML does for texts: `version: 1.10` is the text 1.10, not the number 1.1. */
function keepTexts(node: unknown): void {
  if (!isMap(node) && !isSeq(node)) return;
  visit(node, {
    Scalar: (_key, scalar: Scalar) => {
      const { value, source } = scalar;
      if (typeof value === "number" && source !== undefined && String(value) !== source) scalar.value = source;
    },
  });
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
}

/** Keys that the schema knows under a path; made only when an error has to be explained. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode;
  let nodes: SchemaNode[] = [root];
  for (const step of path) nodes = nodes.flatMap((node) => childrenOf(node, step));
  return [
    ...new Set(nodes.flatMap((node) => variants(node).flatMap((one) => Object.keys(one.properties ?? {})))),
  ].sort();
}

function variants(node: SchemaNode): SchemaNode[] {
  return [node, ...(node.anyOf ?? []).flatMap(variants), ...(node.allOf ?? []).flatMap(variants)];
}

function childrenOf(node: SchemaNode, step: PropertyKey): SchemaNode[] {
  return variants(node).flatMap((one) => {
    if (typeof step === "number") return one.items === undefined ? [] : [one.items];
    const named = one.properties?.[String(step)];
    if (named !== undefined) return [named];
    return typeof one.additionalProperties === "object" ? [one.additionalProperties] : [];
  });
}
