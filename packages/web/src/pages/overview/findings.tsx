/** What is wrong, in words: the checks' answers and the firing alerts, worst first. */
import IconAlertTriangle from "virtual:icon/alert-triangle";
import IconCircleCheck from "virtual:icon/circle-check";
import IconCircleX from "virtual:icon/circle-x";
import IconInfoCircle from "virtual:icon/info-circle";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ask } from "../../api/batch.ts";
import { ApiError, call, type FloatSample, messageOfError, parseApiNumber, vectorOf } from "../../api/client.ts";
import type { TimeRange } from "../../time/time-range.ts";
import { CHECKS, type Check, type Level } from "./checks.ts";
import classes from "./findings.module.css";

export interface Finding {
  readonly key: string;
  readonly level: Level;
  readonly text: string;
  readonly section: string;
  /** The id of the check that found it; none for an alert. */
  readonly check?: string;
}

const EVERY_MS = 15_000;
const LEVELS: readonly Level[] = ["critical", "warning", "notice"];
const LEVEL_WORDS: Readonly<Record<Level, string>> = { critical: "Critical", warning: "Warning", notice: "Notice" };
const ICONS = { critical: IconCircleX, warning: IconAlertTriangle, notice: IconInfoCircle } as const;

export interface Assessment {
  readonly findings: readonly Finding[];
  readonly checkCount: number;
}

/** For a fixed window, as things were at its end. */
export function useAssessment(scope: readonly string[], names: ReadonlySet<string> | undefined, range: TimeRange) {
  const atMs = range.kind === "fixed" ? range.toMs : undefined;
  return useQuery({
    queryKey: ["findings", scope.join(), names?.size ?? 0, atMs ?? "now"],
    enabled: names !== undefined && names.size > 0,
    refetchInterval: atMs === undefined ? EVERY_MS : false,
    queryFn: ({ signal }) => assess(scope, names ?? new Set(), atMs, signal),
  });
}

async function assess(
  scope: readonly string[],
  names: ReadonlySet<string>,
  atMs: number | undefined,
  signal: AbortSignal,
): Promise<Assessment> {
  const due = CHECKS.filter((check) => names.has(check.needs));
  const time = atMs === undefined ? {} : { time: atMs / 1000 };
  const [answers, alerts] = await Promise.all([
    Promise.all(due.map((check) => ask({ query: withScope(check.expr, scope), ...time }, signal))),
    atMs === undefined ? firingAlerts(signal) : [],
  ]);
  const findings = answers.flatMap((answer, i) => vectorOf(answer).map((sample) => findingOf(due[i]!, sample)));
  const all = [...alerts, ...findings];
  return { findings: all.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level)), checkCount: due.length };
}

export function withScope(expr: string, scope: readonly string[]): string {
  return expr.replaceAll("$s,", scope.length === 0 ? "" : `${scope.join(",")},`).replaceAll("$s", scope.join(","));
}

function findingOf(check: Check, { metric, value }: FloatSample): Finding {
  const number = parseApiNumber(value[1]);
  return {
    key: `${check.id}|${JSON.stringify(metric)}`,
    level: check.level(number),
    text: check.words(metric, number),
    section: check.section,
    check: check.id,
  };
}

interface ApiAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

async function firingAlerts(signal: AbortSignal): Promise<Finding[]> {
  try {
    const { alerts } = await call<{ readonly alerts: readonly ApiAlert[] }>("alerts", { signal });
    return alerts
      .filter((alert) => alert.state === "firing")
      .map(({ labels, annotations }) => ({
        key: `alert|${JSON.stringify(labels)}`,
        level: labels.severity === "critical" || labels.severity === "page" ? "critical" : "warning",
        text: `Alert ${labels.alertname ?? ""}: ${annotations.summary ?? annotations.description ?? "is firing"}`,
        section: "targets",
      }));
  } catch (error) {
    if (error instanceof ApiError && error.isMissing) return [];
    throw error;
  }
}

export interface FindingsProps {
  readonly assessment: Assessment | undefined;
  readonly error: unknown;
}

export function Findings({ assessment, error }: FindingsProps) {
  if (assessment === undefined) {
    if (error === null || error === undefined) return <div className={classes.placeholder} aria-hidden="true" />;
    return (
      <p className={classes.unknown} role="status">
        It cannot be said whether all is well: {messageOfError(error)}
      </p>
    );
  }
  const { findings, checkCount } = assessment;
  const serious = findings.filter((finding) => finding.level !== "notice").length;
  return (
    <section className={classes.findings} aria-label="What is wrong" data-testid="findings">
      <Announcement findings={findings} />
      <p className={classes.headline} data-level={serious > 0 ? findings[0]!.level : "ok"}>
        {serious === 0 ? <IconCircleCheck size={18} /> : null}
        {headline(serious)}
        <span className={classes.count}>{checkCount} checks</span>
      </p>
      {findings.length > 0 && (
        <ul>
          {findings.map(({ key, level, text, section }) => {
            const Icon = ICONS[level];
            return (
              <li key={key}>
                <a href={`#${section}`} className={classes.finding} data-level={level} onClick={jump(section)}>
                  <Icon size={16} stroke={1.8} />
                  <span className="sr-only">{LEVEL_WORDS[level]}:</span>
                  {text}
                </a>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

/**
 * Tells a screen reader what came and what is over. The list itself is silent: its numbers change with every look, and each would
 * be read out again.
 */
function Announcement({ findings }: { readonly findings: readonly Finding[] }) {
  const before = useRef<ReadonlyMap<string, Finding>>(undefined);
  const [said, setSaid] = useState("");
  useEffect(() => {
    const now = new Map(findings.map((one) => [one.key, one]));
    const known = before.current;
    before.current = now;
    const text = known === undefined ? "" : newsOf(known, now);
    if (text !== "") setSaid(text);
  }, [findings]);
  return (
    <span className="sr-only" role="status">
      {said}
    </span>
  );
}

/** In words; empty where the same things are wrong as before, however their numbers changed. */
export function newsOf(before: ReadonlyMap<string, Finding>, now: ReadonlyMap<string, Finding>): string {
  const come = [...now.values()].filter(({ key, level }) => before.get(key)?.level !== level);
  const goneCount = [...before.keys()].filter((key) => !now.has(key)).length;
  if (goneCount > 0 && now.size === 0) return "All is well again";
  const over = goneCount === 0 ? [] : [goneCount === 1 ? "One thing is over" : `${goneCount} things are over`];
  return [...come.map(({ level, text }) => `${LEVEL_WORDS[level]}: ${text}`), ...over].join(" ");
}

function headline(serious: number): string {
  if (serious === 0) return "All is well";
  return serious === 1 ? "One thing needs a look" : `${serious} things need a look`;
}

/** Scrolls there without leaving a trace in the address, which holds the time. */
export function jump(section: string) {
  return (event: { preventDefault(): void }) => {
    event.preventDefault();
    const target = document.getElementById(section);
    target?.scrollIntoView({ block: "start" });
    target?.focus({ preventScroll: true });
  };
}
