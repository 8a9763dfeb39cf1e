/** `/api/v1/rules` and `/api/v1/alerts`, in Prometheus' shapes, with all its filters and pages. */
import type { Alert, Rule, RuleGroup } from "@dmon/alerting";
import { formatFloat, Labels, type Matcher, type Slices } from "@dmon/model";
import { formatExpr, parseExpr, parseSelector } from "@dmon/promql";
import { labelTest } from "../../label-test.ts";
import type { EngineContext } from "../context.ts";
import { badParameter, parseInteger, unnamedParameterError } from "../params.ts";
import { type EngineReply, type EngineRequest, successReply } from "../reply.ts";

const NEVER = "0001-01-01T00:00:00Z";

export function* rules(context: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  const filter = readFilter(params);
  const limit = groupLimit(params);
  const wanted = context.rules.groups
    .filter((group) => matches(filter.files, group.file) && matches(filter.groups, group.name))
    .sort((a, b) => compare(a.file, b.file) || compare(a.name, b.name));
  const token = params.get("group_next_token") ?? "";
  const from = token === "" ? 0 : wanted.findIndex((group) => tokenOf(group) === token);
  if (from < 0)
    throw badParameter("group_next_token", `invalid group_next_token '${token}'. were rule groups changed?`);
  const shown: GroupJson[] = [];
  let nextToken: string | undefined;
  // Groups of which no rule is left are not shown, and count for no page.
  for (const group of wanted.slice(from)) {
    const json = groupJson(group, filter);
    if (filter.narrowsRules && json.rules.length === 0) continue;
    if (shown.length === limit) {
      nextToken = tokenOf(group);
      break;
    }
    shown.push(json);
  }
  const data = { groups: shown, ...(nextToken === undefined ? {} : { groupNextToken: nextToken }) };
  return successReply([JSON.stringify(data)]);
}

export function* alerts(context: EngineContext): Slices<EngineReply> {
  const all = context.rules.groups.flatMap((group) =>
    group.rules.flatMap((rule) => (rule.type === "alerting" ? rule.activeAlerts.map(alertJson) : [])),
  );
  return successReply([JSON.stringify({ alerts: all })]);
}

interface Filter {
  readonly type: string;
  readonly names: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
  readonly tests: readonly ((labels: Labels) => boolean)[];
  readonly withoutAlerts: boolean;
  readonly narrowsRules: boolean;
}

function readFilter(params: URLSearchParams): Filter {
  const matchers = params.getAll("match[]").map(readSelector);
  const type = (params.get("type") ?? "").toLowerCase();
  if (type !== "" && type !== "alert" && type !== "record") throw badParameter("type", `not supported value "${type}"`);
  const exclude = (params.get("exclude_alerts") ?? "").toLowerCase();
  if (!["", "true", "false", "1", "0", "t", "f"].includes(exclude)) {
    throw badParameter(
      "exclude_alerts",
      `error converting exclude_alerts: strconv.ParseBool: parsing "${exclude}": invalid syntax`,
    );
  }
  const names = new Set(params.getAll("rule_name[]"));
  return {
    type,
    names,
    groups: new Set(params.getAll("rule_group[]")),
    files: new Set(params.getAll("file[]")),
    tests: matchers.map(labelTest),
    withoutAlerts: ["true", "1", "t"].includes(exclude),
    narrowsRules: type !== "" || names.size > 0 || matchers.length > 0,
  };
}

function readSelector(text: string): readonly Matcher[] {
  try {
    return parseSelector(text);
  } catch (error) {
    throw unnamedParameterError(error);
  }
}

function matches(wanted: ReadonlySet<string>, name: string): boolean {
  return wanted.size === 0 || wanted.has(name);
}

/** Most groups of a page; Infinity where none is set. */
function groupLimit(params: URLSearchParams): number {
  const text = params.get("group_limit") ?? "";
  if (text === "" && (params.get("group_next_token") ?? "") !== "") {
    throw badParameter("group_next_token", "group_limit needs to be present in order to paginate over the groups");
  }
  if (text === "") return Number.POSITIVE_INFINITY;
  const limit = parseInteger(text);
  if (typeof limit === "string") {
    const why = `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${limit}`;
    throw badParameter("group_limit", `group_limit needs to be a valid number: ${why}`);
  }
  if (limit <= 0) throw badParameter("group_limit", "group_limit needs to be greater than 0");
  return limit;
}

function tokenOf({ file, name }: RuleGroup): string {
  return Buffer.from(`${file};${name}`).toString("hex");
}

type GroupJson = ReturnType<typeof groupJson>;

function groupJson(group: RuleGroup, filter: Filter) {
  return {
    name: group.name,
    file: group.file,
    rules: group.rules.filter((rule) => isWanted(rule, filter)).map((rule) => ruleJson(rule, filter)),
    interval: group.intervalMs / 1000,
    limit: group.limit,
    evaluationTime: group.durationSeconds,
    lastEvaluation: timeText(group.lastEvaluationMs),
  };
}

function isWanted(rule: Rule, { type, names, tests }: Filter): boolean {
  if (type === "alert" && rule.type !== "alerting") return false;
  if (type === "record" && rule.type !== "recording") return false;
  return matches(names, rule.name) && (tests.length === 0 || tests.some((test) => test(labelsOf(rule))));
}

function ruleJson(rule: Rule, filter: Filter): object {
  const { health, lastError, lastEvaluationMs, durationSeconds } = rule.status;
  const tail = {
    health,
    ...(lastError === "" ? {} : { lastError }),
    evaluationTime: durationSeconds,
    lastEvaluation: timeText(lastEvaluationMs),
    type: rule.type,
  };
  const query = formatExpr(parseExpr(rule.expr, { experimentalFunctions: true }));
  if (rule.type === "recording") {
    const labels = Object.keys(rule.labels).length === 0 ? {} : { labels: rule.labels };
    return { name: rule.name, query, ...labels, ...tail };
  }
  return {
    state: rule.state,
    name: rule.name,
    query,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    labels: rule.labels,
    annotations: rule.annotations,
    alerts: filter.withoutAlerts ? null : rule.activeAlerts.map(alertJson),
    ...tail,
  };
}

function labelsOf(rule: Rule): Labels {
  return Labels.from(rule.labels);
}

function alertJson(alert: Alert) {
  return {
    labels: alert.labels.toObject(),
    annotations: alert.annotations,
    state: alert.state,
    activeAt: timeText(alert.activeAtMs),
    ...(alert.keepFiringSinceMs === undefined ? {} : { keepFiringSince: timeText(alert.keepFiringSinceMs) }),
    value: scientific(alert.value),
  };
}

/** Go's `'e'` with the shortest digits: `1e+00`. */
function scientific(value: number): string {
  if (!Number.isFinite(value)) return formatFloat(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

function timeText(atMs: number | undefined): string {
  return atMs === undefined ? NEVER : new Date(atMs).toISOString();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
