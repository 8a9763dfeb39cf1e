/** `/api/v1/rules` and `/api/v1/alerts`, in Prometheus' shapes, with all its filters and pages. */
import type { Alert, Rule, RuleGroup } from "@dmon/alerting";
import { DmonError, formatFloat, Labels, type Matcher, type Slices } from "@dmon/model";
import { formatExpr, parseExpr, parseSelector } from "@dmon/promql";
import { labelTest } from "../../label-test.ts";
import type { EngineContext } from "../context.ts";
import { parameterError } from "../params.ts";
import { type EngineReply, type EngineRequest, successReply } from "../reply.ts";

const NEVER = "0001-01-01T00:00:00Z";

export function* rules(context: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  const filter = readFilter(params);
  const groups = context.rules.groups
    .filter((group) => matches(filter.files, group.file) && matches(filter.groups, group.name))
    .sort((a, b) => compare(a.file, b.file) || compare(a.name, b.name));
  const { page, nextToken } = pageOf(groups, params);
  const shown = page
    .map((group) => groupJson(group, filter))
    .filter((group) => !filter.narrowsRules || group.rules.length > 0);
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
  const type = (params.get("type") ?? "").toLowerCase();
  if (type !== "" && type !== "alert" && type !== "record") {
    throw new DmonError("bad_parameter", `invalid parameter "type": not supported value "${type}"`);
  }
  const exclude = params.get("exclude_alerts") ?? "";
  if (!["", "true", "false", "1", "0", "t", "f", "T", "F", "TRUE", "FALSE", "True", "False"].includes(exclude)) {
    throw new DmonError(
      "bad_parameter",
      `invalid parameter "exclude_alerts": error converting exclude_alerts: strconv.ParseBool: parsing "${exclude}": invalid syntax`,
    );
  }
  const matchers = params.getAll("match[]").map(readSelector);
  const names = new Set(params.getAll("rule_name[]"));
  return {
    type,
    names,
    groups: new Set(params.getAll("rule_group[]")),
    files: new Set(params.getAll("file[]")),
    tests: matchers.map(labelTest),
    withoutAlerts: /^(true|1|t)$/i.test(exclude),
    narrowsRules: type !== "" || names.size > 0 || matchers.length > 0,
  };
}

function readSelector(text: string): readonly Matcher[] {
  try {
    return parseSelector(text);
  } catch (error) {
    throw parameterError("match[]", error);
  }
}

function matches(wanted: ReadonlySet<string>, name: string): boolean {
  return wanted.size === 0 || wanted.has(name);
}

function pageOf(
  groups: readonly RuleGroup[],
  params: URLSearchParams,
): { page: readonly RuleGroup[]; nextToken: string | undefined } {
  const limitText = params.get("group_limit") ?? "";
  const token = params.get("group_next_token") ?? "";
  if (limitText === "" && token !== "") {
    throw new DmonError(
      "bad_parameter",
      'invalid parameter "group_limit": group_limit needs to be set in order to paginate over the groups',
    );
  }
  if (limitText === "") return { page: groups, nextToken: undefined };
  const limit = Number(limitText);
  if (!/^[+-]?\d+$/.test(limitText) || limit <= 0) {
    throw new DmonError(
      "bad_parameter",
      `invalid parameter "group_limit": group_limit needs to be a valid number greater than zero: ${limitText}`,
    );
  }
  let from = 0;
  if (token !== "") {
    from = groups.findIndex((group) => tokenOf(group) === token);
    if (from < 0)
      throw new DmonError(
        "bad_parameter",
        `invalid parameter "group_next_token": invalid group_next_token '${token}'. were rule groups changed?`,
      );
  }
  const next = groups[from + limit];
  return { page: groups.slice(from, from + limit), nextToken: next === undefined ? undefined : tokenOf(next) };
}

function tokenOf({ file, name }: RuleGroup): string {
  return Buffer.from(`${file};${name}`).toString("hex");
}

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
  const query = formatExpr(parseExpr(rule.expr));
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
