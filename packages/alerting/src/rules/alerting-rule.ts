/**
 * An alerting rule: each series of its expression's result is an alert, pending until it has held for `for`, then firing.
 *
 * Source: prometheus `rules/alerting.go`; documentation "Alerting rules".
 */
import { type Labels, METRIC_NAME, messageOf, runToEnd, type Slices } from "@dmon/model";
import { expandTemplate } from "../template/execute.ts";
import type { TemplateFunctions } from "../template/functions.ts";
import type { Alert } from "./alert.ts";
import {
  newStatus,
  type RuleEnvironment,
  type RuleSample,
  type RuleStatus,
  samplesOf,
  templateSamples,
} from "./rule.ts";
import { type RuleDefinition, TEMPLATE_HEAD } from "./rule-file.ts";

/** How long a resolved alert is kept, so that its end is told even after a broken connection. */
const RESOLVED_RETENTION_MS = 15 * 60_000;

export class AlertingRule {
  readonly type = "alerting";
  readonly name: string;
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: RuleStatus = newStatus();
  /** False until {@link restore} after a start: what the series of alerts say of before it must not be written over. */
  isRestored = true;
  /** By the key of their labels; resolved ones stay for a while. */
  readonly #alerts = new Map<string, Alert>();

  constructor(definition: RuleDefinition, groupLabels: Readonly<Record<string, string>>) {
    this.name = definition.alert ?? "";
    this.expr = definition.expr;
    this.forMs = definition.forMs;
    this.keepFiringForMs = definition.keepFiringForMs;
    this.labels = { ...groupLabels, ...definition.labels };
    this.annotations = definition.annotations;
  }

  /** Pending and firing ones. */
  get activeAlerts(): Alert[] {
    return [...this.#alerts.values()].filter(({ state }) => state !== "inactive");
  }

  /** Also those that were resolved a short while ago. */
  get allAlerts(): readonly Alert[] {
    return [...this.#alerts.values()];
  }

  get state(): Alert["state"] {
    const active = this.activeAlerts;
    return active.some(({ state }) => state === "firing") ? "firing" : active.length > 0 ? "pending" : "inactive";
  }

  /**
   * @param atMs the evaluation's time: alerts begin and templates ask at it
   * @param queryAtMs the time that the expression is asked for: earlier by the query offset
   * @returns `ALERTS` and `ALERTS_FOR_STATE` of what is active now; none before the rule is restored
   * @throws {Error} where the query fails; alerts then stay as they were
   */
  *evaluate(environment: RuleEnvironment, atMs: number, queryAtMs: number, limit: number): Slices<RuleSample[]> {
    const found = this.#describe(samplesOf(yield* environment.query(this.expr, queryAtMs)), environment, atMs);
    for (const [key, { labels, annotations, value }] of found) {
      const known = this.#alerts.get(key);
      if (known !== undefined && known.state !== "inactive") {
        known.value = value;
        known.annotations = annotations;
        continue;
      }
      this.#alerts.set(key, newAlert(labels, annotations, value, atMs));
    }
    for (const [key, alert] of this.#alerts) this.#advance(key, alert, found.has(key), atMs);
    const active = this.activeAlerts;
    if (limit > 0 && active.length > limit) {
      this.#alerts.clear();
      throw new Error(`exceeded limit of ${limit} with ${active.length} alerts`);
    }
    return this.isRestored ? active.flatMap((alert) => this.#samplesOf(alert)) : [];
  }

  /** Goes on with the alerts of the rule that stood here before a reload. */
  takeOver(before: AlertingRule): void {
    this.isRestored = before.isRestored;
    for (const [key, alert] of before.#alerts) this.#alerts.set(key, alert);
  }

  /**
   * Takes over from before a restart since when alerts are active, and begins to tell of them.
   *
   * The time without evaluations does not count towards `for`; an alert that had little left of it waits for `graceMs` at least.
   *
   * @param before what `ALERTS_FOR_STATE` said last, by the alert's labels; ms
   */
  restore(before: readonly RestoredState[], atMs: number, graceMs: number): void {
    this.isRestored = true;
    for (const { labels, lastAtMs, activeAtMs } of before) {
      const known = this.#alerts.get(labels.without(METRIC_NAME).key);
      if (known === undefined) continue;
      const leftMs = this.forMs - (lastAtMs - activeAtMs);
      if (leftMs <= 0) known.activeAtMs = activeAtMs;
      else if (leftMs < graceMs) known.activeAtMs = atMs + graceMs - this.forMs;
      else known.activeAtMs = activeAtMs + (atMs - lastAtMs);
    }
  }

  #advance(key: string, alert: Alert, holds: boolean, atMs: number): void {
    if (!holds) {
      const isKept = this.#isKeptFiring(alert, atMs);
      if (!isKept) {
        if (
          alert.state === "pending" ||
          (alert.resolvedAtMs !== undefined && atMs - alert.resolvedAtMs > RESOLVED_RETENTION_MS)
        ) {
          this.#alerts.delete(key);
        }
        if (alert.state !== "inactive") {
          alert.state = "inactive";
          alert.resolvedAtMs = atMs;
        }
        return;
      }
    } else alert.keepFiringSinceMs = undefined;
    if (alert.state === "pending" && atMs - alert.activeAtMs >= this.forMs) {
      alert.state = "firing";
      alert.firedAtMs = atMs;
    }
  }

  #isKeptFiring(alert: Alert, atMs: number): boolean {
    if (alert.state !== "firing" || this.keepFiringForMs === 0) return false;
    alert.keepFiringSinceMs ??= atMs;
    return atMs - alert.keepFiringSinceMs < this.keepFiringForMs;
  }

  #describe(samples: readonly RuleSample[], environment: RuleEnvironment, atMs: number): Map<string, Described> {
    const found = new Map<string, Described>();
    for (const sample of samples) {
      const expand = this.#expander(sample, environment, atMs);
      let labels = sample.labels.without(METRIC_NAME);
      for (const [name, source] of Object.entries(this.labels)) labels = labels.with(name, expand(source));
      labels = labels.with("alertname", this.name);
      if (found.has(labels.key))
        throw new Error("vector contains metrics with the same labelset after applying alert labels");
      const annotations = Object.fromEntries(
        Object.entries(this.annotations).map(([name, source]) => [name, expand(source)]),
      );
      found.set(labels.key, { labels, annotations, value: sample.value });
    }
    return found;
  }

  #expander(sample: RuleSample, environment: RuleEnvironment, atMs: number): (source: string) => string {
    const data = {
      Labels: sample.labels.toObject(),
      ExternalLabels: { ...environment.externalLabels },
      ExternalURL: environment.externalUrl,
      Value: sample.value,
    };
    const functions: TemplateFunctions = {
      query: (expression) => templateSamples(runToEnd(environment.query(expression, atMs))),
      externalUrl: environment.externalUrl,
      nowMs: atMs,
    };
    return (source) => {
      if (!source.includes("{{")) return source;
      try {
        return expandTemplate(TEMPLATE_HEAD + source, data, functions);
      } catch (error) {
        return `<error expanding template: ${messageOf(error)}>`;
      }
    };
  }

  #samplesOf(alert: Alert): RuleSample[] {
    const base = alert.labels;
    return [
      { labels: base.with(METRIC_NAME, "ALERTS").with("alertstate", alert.state), value: 1 },
      { labels: base.with(METRIC_NAME, "ALERTS_FOR_STATE"), value: Math.floor(alert.activeAtMs / 1000) },
    ];
  }
}

/** What was last known of an alert before a restart. */
export interface RestoredState {
  readonly labels: Labels;
  readonly lastAtMs: number;
  readonly activeAtMs: number;
}

interface Described {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
}

function newAlert(labels: Labels, annotations: Readonly<Record<string, string>>, value: number, atMs: number): Alert {
  return {
    state: "pending",
    labels,
    annotations,
    value,
    activeAtMs: atMs,
    firedAtMs: undefined,
    resolvedAtMs: undefined,
    keepFiringSinceMs: undefined,
    lastSentAtMs: undefined,
  };
}
