/**
 * Prometheus' rule files: reads them, and says all that is wrong with them, in the words of promtool where it has some.
 *
 * Source: prometheus `model/rulefmt`; documentation "Recording rules", "Alerting rules".
 */
import { DmonError, isDmonError, isLegacyLabelName, METRIC_NAME, messageOf, parseDuration } from "@dmon/model";
import { type Document, isMap, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import { z } from "zod";
import { expandTemplate } from "../template/execute.ts";
import { Int } from "../template/values.ts";

export interface RuleDefinition {
  /** Exactly one of `record` and `alert` is set. */
  readonly record: string | undefined;
  readonly alert: string | undefined;
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleGroupDefinition {
  readonly name: string;
  /** Undefined: the global evaluation interval. */
  readonly intervalMs: number | undefined;
  /** Undefined: the global one. */
  readonly queryOffsetMs: number | undefined;
  /** Most series or alerts a rule may produce; 0 for no limit. */
  readonly limit: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly rules: readonly RuleDefinition[];
}

export interface RuleFileProblem {
  readonly file: string;
  /** 1-based; 0 where unknown. */
  readonly line: number;
  readonly message: string;
}

export interface RuleFile {
  readonly groups: readonly RuleGroupDefinition[];
  readonly problems: readonly RuleFileProblem[];
}

/** Throws where the text is no PromQL. */
export type CheckExpression = (text: string) => void;

export interface ReadRulesOptions {
  readonly checkExpression: CheckExpression;
  /** Unknown keys are left unsaid, as promtool's `--ignore-unknown-fields`. */
  readonly ignoreUnknownFields?: boolean;
}

const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  try {
    return parseDuration(String(value));
  } catch (error) {
    context.addIssue({ code: "custom", message: messageOf(error) });
    return z.NEVER;
  }
});
/** YAML writes `severity: 1` where a text is meant. */
const text = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => (value === null ? "" : String(value)));
const labels = z
  .record(z.string(), text)
  .nullish()
  .transform((value) => value ?? {});

const ruleSchema = z.object({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: text.optional(),
  for: duration.optional(),
  keep_firing_for: duration.optional(),
  labels,
  annotations: labels,
});
const groupSchema = z.object({
  name: z.string().default(""),
  interval: duration.optional(),
  query_offset: duration.optional(),
  limit: z.number().int().min(0).default(0),
  labels,
  rules: z
    .array(ruleSchema)
    .nullish()
    .transform((value) => value ?? []),
});
const FILE_KEYS = new Set(["groups"]);
const GROUP_KEYS = new Set(Object.keys(groupSchema.shape));
const RULE_KEYS = new Set(Object.keys(ruleSchema.shape));

/** Reads a file's text; wrong rules are left out of `groups` and told in `problems`. */
export function readRuleFile(source: string, file: string, options: ReadRulesOptions): RuleFile {
  const lines = new LineCounter();
  const documents = parseAllDocuments(source, { lineCounter: lines });
  const reader = new Reader(file, lines, options);
  if (!Array.isArray(documents)) return { groups: [], problems: [] };
  for (const document of documents) reader.document(document);
  return { groups: reader.groups, problems: reader.problems };
}

/** @throws {DmonError} `bad_rule_file` with every problem on a line of its own */
export function requireRuleFile(
  source: string,
  file: string,
  options: ReadRulesOptions,
): readonly RuleGroupDefinition[] {
  const { groups, problems } = readRuleFile(source, file, options);
  if (problems.length === 0) return groups;
  throw new DmonError("bad_rule_file", problems.map(({ line, message }) => `${file}:${line}: ${message}`).join("\n"));
}

class Reader {
  readonly groups: RuleGroupDefinition[] = [];
  readonly problems: RuleFileProblem[] = [];
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #options: ReadRulesOptions;

  constructor(file: string, lines: LineCounter, options: ReadRulesOptions) {
    this.#file = file;
    this.#lines = lines;
    this.#options = options;
  }

  document(document: Document): void {
    for (const error of document.errors) this.#problem(error.pos[0], error.message.split("\n")[0]!);
    const { contents } = document;
    if (document.errors.length > 0 || contents === null) return;
    if (!isMap(contents)) {
      this.#problem(offsetOf(contents), "a rule file is a map with the key groups");
      return;
    }
    this.#unknownKeys(contents, FILE_KEYS, "");
    const groups = contents.get("groups", true) as Node | undefined;
    if (groups === undefined || !isSeq(groups)) return;
    for (const item of groups.items) this.#group(document, item as Node);
  }

  #group(document: Document, node: Node): void {
    const at = offsetOf(node);
    if (!isMap(node)) {
      this.#problem(at, "a group is a map");
      return;
    }
    this.#unknownKeys(node, GROUP_KEYS, "group ");
    const rules = node.get("rules", true) as Node | undefined;
    const ruleNodes = isSeq(rules) ? (rules.items as Node[]) : [];
    for (const rule of ruleNodes) if (isMap(rule)) this.#unknownKeys(rule, RULE_KEYS, "rule ");
    const parsed = groupSchema.safeParse(node.toJS(document));
    if (!parsed.success) {
      for (const issue of parsed.error.issues) {
        const target = document.getIn([...pathTo(document, node), ...issue.path], true) as Node | undefined;
        this.#problem(offsetOf(target ?? node), `${issue.path.map(String).join(".")}: ${issue.message}`);
      }
      return;
    }
    const { data } = parsed;
    if (data.name === "") this.#problem(at, "Groupname must not be empty");
    if (this.groups.some((known) => known.name === data.name)) {
      this.#problem(at, `groupname: "${data.name}" is repeated in the same file`);
    }
    for (const name of Object.keys(data.labels))
      if (!isLabelName(name)) this.#problem(at, `group "${data.name}": invalid label name: ${name}`);
    const sound: RuleDefinition[] = [];
    data.rules.forEach((raw, i) => {
      const { for: forMs = 0, keep_firing_for: keepFiringForMs = 0, expr = "", ...rest } = raw;
      const rule: RuleDefinition = {
        record: undefined,
        alert: undefined,
        ...rest,
        expr,
        forMs,
        keepFiringForMs,
      } as RuleDefinition;
      const wrong = problemsOf(rule, this.#options.checkExpression);
      const where = `group "${data.name}", rule ${i + 1}, "${rule.record ?? rule.alert ?? ""}": `;
      for (const message of wrong) this.#problem(offsetOf(ruleNodes[i] ?? node), where + message);
      if (wrong.length === 0) sound.push(rule);
    });
    this.groups.push({
      name: data.name,
      intervalMs: data.interval || undefined,
      queryOffsetMs: data.query_offset,
      limit: data.limit,
      labels: data.labels,
      rules: sound,
    });
  }

  #unknownKeys(node: Node, known: ReadonlySet<string>, what: string): void {
    if (!isMap(node) || this.#options.ignoreUnknownFields) return;
    for (const { key } of node.items) {
      const name = String((key as { value?: unknown }).value ?? key);
      if (!known.has(name))
        this.#problem(offsetOf(key as Node), `${what}field ${name} not known here; known are ${[...known].join(", ")}`);
    }
  }

  #problem(offset: number, message: string): void {
    this.problems.push({ file: this.#file, line: this.#lines.linePos(offset).line, message });
  }
}

function offsetOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0;
}

/** Path of a group's node in its document. */
function pathTo(document: Document, node: Node): (string | number)[] {
  const groups = document.get("groups", true) as { items: unknown[] } | undefined;
  return ["groups", groups?.items.indexOf(node) ?? 0];
}

function problemsOf(rule: RuleDefinition, checkExpression: CheckExpression): string[] {
  const { record, alert, expr } = rule;
  const problems: string[] = [];
  if (record !== undefined && alert !== undefined) problems.push("only one of 'record' and 'alert' must be set");
  if (!record && !alert) problems.push("one of 'record' or 'alert' must be set");
  if (expr === "") problems.push("field 'expr' must be set in rule");
  else {
    try {
      checkExpression(expr);
    } catch (error) {
      problems.push(`could not parse expression: ${messageOf(error)}`);
    }
  }
  if (record !== undefined) {
    if (Object.keys(rule.annotations).length > 0) problems.push("invalid field 'annotations' in recording rule");
    if (rule.forMs !== 0) problems.push("invalid field 'for' in recording rule");
    if (rule.keepFiringForMs !== 0) problems.push("invalid field 'keep_firing_for' in recording rule");
    if (/[{}]/.test(record))
      problems.push(`braces present in the recording rule name; should it be in expr?: ${record}`);
  }
  for (const name of Object.keys(rule.labels))
    if (!isLabelName(name) || name === METRIC_NAME) problems.push(`invalid label name: ${name}`);
  for (const name of Object.keys(rule.annotations))
    if (!isLabelName(name)) problems.push(`invalid annotation name: ${name}`);
  if (alert !== undefined) {
    for (const [what, entries] of [
      ["label", rule.labels],
      ["annotation", rule.annotations],
    ] as const) {
      for (const [name, source] of Object.entries(entries))
        problems.push(...templateProblems(source, `${what} "${name}"`));
    }
  }
  return problems;
}

function isLabelName(name: string): boolean {
  return name !== "" && (isLegacyLabelName(name) || name.isWellFormed());
}

/** Variables that a rule's templates find already set. */
export const TEMPLATE_HEAD =
  "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";

function templateProblems(source: string, where: string): string[] {
  try {
    expandTemplate(
      TEMPLATE_HEAD + source,
      { Labels: {}, ExternalLabels: {}, ExternalURL: "", Value: 0, __: new Int(0) },
      { query: () => [], externalUrl: "", nowMs: 0 },
    );
    return [];
  } catch (error) {
    // Filled in with nothing a template may fail where it would not with real data: only its form is judged here.
    if (isDmonError(error, "bad_template") && SYNTAX.test(error.message)) return [`${where}: ${error.message}`];
    return [];
  }
}

const SYNTAX =
  /unclosed|unexpected|unterminated|undefined variable|function "[^"]*" not defined|missing value|bad character|non executable/;
