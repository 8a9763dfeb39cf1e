/**
 * Reads the configuration: file, then environment, then command line; later ones win.
 *
 * Errors name file, line and column, and for an unknown key the nearest known one.
 */
import { readFileSync } from "node:fs";
import { DmonError, messageOf } from "@dmon/model";
import { isMap, LineCounter, type Node, parseDocument } from "yaml";
import { z } from "zod";
import { nearest } from "./nearest.ts";
import { type Config, configSchema } from "./schema.ts";

/** What the environment and the command line may set. Undefined: not given there. */
export interface ConfigOverrides {
  readonly listen?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly configFile?: string | undefined;
}

/** `DMON_LISTEN`, `DMON_DATA_DIR`, `DMON_CONFIG`. */
export function overridesFromEnv(env: NodeJS.ProcessEnv): ConfigOverrides {
  return { listen: env.DMON_LISTEN, dataDir: env.DMON_DATA_DIR, configFile: env.DMON_CONFIG };
}

/** Joins overrides; of a value given twice the later argument's stays. */
export function mergeOverrides(...all: readonly ConfigOverrides[]): ConfigOverrides {
  const merged: { -readonly [K in keyof ConfigOverrides]: ConfigOverrides[K] } = {};
  for (const one of all) {
    if (one.listen) merged.listen = one.listen;
    if (one.dataDir) merged.dataDir = one.dataDir;
    if (one.configFile) merged.configFile = one.configFile;
  }
  return merged;
}

/** @throws {DmonError} `config_not_found`, `config_syntax`, `config_invalid` */
export function loadConfig(overrides: ConfigOverrides): Config {
  const config =
    overrides.configFile === undefined
      ? configSchema.parse({})
      : parseConfig(readConfigFile(overrides.configFile), overrides.configFile);
  return {
    ...config,
    ...(overrides.listen === undefined ? {} : { listen: overrides.listen }),
    ...(overrides.dataDir === undefined ? {} : { data_dir: overrides.dataDir }),
  };
}

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new DmonError("config_not_found", `cannot read configuration file ${path}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * @param file the name to show in errors
 * @throws {DmonError} `config_syntax`, `config_invalid`: one line a problem
 */
export function parseConfig(text: string, file: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number | undefined): string => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${file}:${line}:${col}`;
  };
  const broken = document.errors[0];
  if (broken !== undefined) throw new DmonError("config_syntax", `${place(broken.pos[0])}: ${broken.message}`);

  const parsed = configSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;

  const offsetOf = (path: readonly PropertyKey[]): number | undefined => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as Node | undefined;
      if (node?.range) return node.range[0];
    }
    return undefined;
  };
  const keyOffset = (path: readonly PropertyKey[], key: string): number | undefined => {
    const map = path.length === 0 ? document.contents : document.getIn(path, true);
    if (!isMap(map)) return undefined;
    const pair = map.items.find((item) => String((item.key as { value?: unknown }).value) === key);
    return (pair?.key as Node | undefined)?.range?.[0];
  };
  const problems = parsed.error.issues.flatMap((issue) => {
    const where = issue.path.map(String).join(".");
    if (issue.code !== "unrecognized_keys") {
      return [`${place(offsetOf(issue.path))}: ${where === "" ? "" : `${where}: `}${issue.message}`];
    }
    return issue.keys.map((key) => {
      const known = knownKeys(issue.path);
      const close = nearest(key, known);
      const hint = close === undefined ? `known keys here: ${known.join(", ")}` : `did you mean "${close}"?`;
      return `${place(keyOffset(issue.path, key))}: unknown key "${[where, key].filter(Boolean).join(".")}"; ${hint}`;
    });
  });
  throw new DmonError("config_invalid", problems.join("\n"));
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
}

/** Keys that the schema knows under a path; made only when an error has to be explained. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  const root = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }) as SchemaNode;
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
