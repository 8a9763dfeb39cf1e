/**
 * A group of rules: evaluated together, in order, at one timestamp; each rule sees what those before it recorded.
 *
 * Series that a rule no longer produces end with a staleness marker. Source: prometheus `rules/group.go`.
 */
import { type Appender, AppendOutcome, type Labels, messageOf, type Slices } from "@dmon/model";
import type { AlertSink } from "./alert.ts";
import { AlertingRule } from "./alerting-rule.ts";
import { RecordingRule } from "./recording-rule.ts";
import type { RuleEnvironment, RuleSample } from "./rule.ts";
import type { RuleGroupDefinition } from "./rule-file.ts";

export type Rule = RecordingRule | AlertingRule;
export type RuleAppender = Pick<Appender, "resolve" | "appendFloat" | "appendHistogram" | "appendStale">;

export interface GroupOptions {
  readonly file: string;
  readonly definition: RuleGroupDefinition;
  readonly defaultIntervalMs: number;
  readonly defaultQueryOffsetMs: number;
  readonly environment: RuleEnvironment;
  readonly appender: RuleAppender;
  readonly onAlerts: AlertSink;
  /** CPU time of this thread, ms. */
  readonly now: () => number;
}

export class RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  readonly limit: number;
  readonly rules: readonly Rule[];
  readonly #options: GroupOptions;
  /** What each rule produced at its last evaluation, by the labels' key. */
  readonly #produced: Map<string, Labels>[];
  lastEvaluationMs: number | undefined;
  durationSeconds = 0;
  /** Evaluations that did not happen because the one before took too long. */
  missedCount = 0;

  constructor(options: GroupOptions) {
    const { definition } = options;
    this.#options = options;
    this.name = definition.name;
    this.file = options.file;
    this.intervalMs = definition.intervalMs ?? options.defaultIntervalMs;
    this.queryOffsetMs = definition.queryOffsetMs ?? options.defaultQueryOffsetMs;
    this.limit = definition.limit;
    this.rules = definition.rules.map((rule) =>
      rule.record === undefined
        ? new AlertingRule(rule, definition.labels)
        : new RecordingRule(rule, definition.labels),
    );
    this.#produced = this.rules.map(() => new Map());
  }

  /** @param atMs the evaluation's timestamp; samples get it less the query offset */
  *evaluate(atMs: number): Slices<void> {
    const startedMs = this.#options.now();
    const sampleAtMs = atMs - this.queryOffsetMs;
    for (let i = 0; i < this.rules.length; i++) {
      yield* this.#evaluateRule(this.rules[i]!, i, sampleAtMs, atMs);
      yield;
    }
    this.lastEvaluationMs = atMs;
    this.durationSeconds = (this.#options.now() - startedMs) / 1000;
  }

  /**
   * Goes on where the group of this name stood before a reload: rules of the same name and labels keep their alerts and their
   * series; series of rules that are gone end.
   */
  takeOver(before: RuleGroup, atMs: number): void {
    this.lastEvaluationMs = before.lastEvaluationMs;
    const left = new Set(before.rules.keys());
    this.rules.forEach((rule, i) => {
      const match = [...left].find((j) => isSameRule(rule, before.rules[j]!));
      if (match === undefined) return;
      left.delete(match);
      const old = before.rules[match]!;
      Object.assign(rule.status, old.status);
      if (rule.type === "alerting" && old.type === "alerting") rule.takeOver(old);
      this.#produced[i] = before.#produced[match]!;
    });
    for (const j of left) for (const labels of before.#produced[j]!.values()) this.#markStale(labels, atMs);
  }

  /** Ends all series that the group produced: it was removed or changed. */
  end(atMs: number): void {
    for (const produced of this.#produced) {
      for (const labels of produced.values()) this.#markStale(labels, atMs);
      produced.clear();
    }
  }

  *#evaluateRule(rule: Rule, index: number, sampleAtMs: number, atMs: number): Slices<void> {
    const { environment, now, onAlerts } = this.#options;
    const startedMs = now();
    const { status } = rule;
    try {
      const samples = yield* rule.evaluate(environment, atMs, sampleAtMs, this.limit);
      this.#write(samples, index, sampleAtMs);
      if (rule.type === "alerting")
        onAlerts(rule.allAlerts, { name: rule.name, group: this.name, file: this.file }, atMs);
      status.health = "ok";
      status.lastError = "";
    } catch (error) {
      status.health = "err";
      status.lastError = messageOf(error);
    }
    status.lastEvaluationMs = atMs;
    status.durationSeconds = (now() - startedMs) / 1000;
  }

  #write(samples: readonly RuleSample[], index: number, atMs: number): void {
    const { appender } = this.#options;
    const before = this.#produced[index]!;
    const now = new Map<string, Labels>();
    for (const { labels, value, histogram } of samples) {
      const ref = appender.resolve(labels);
      if (ref === undefined)
        throw new Error(`the store refuses a new series (${labels}): a limit on series is reached`);
      const outcome =
        histogram === undefined
          ? appender.appendFloat(ref, atMs, value)
          : appender.appendHistogram(ref, atMs, histogram);
      if (outcome === AppendOutcome.LIMIT) throw new Error("a limit on series is reached");
      now.set(labels.key, labels);
    }
    for (const [key, labels] of before) if (!now.has(key)) this.#markStale(labels, atMs);
    this.#produced[index] = now;
  }

  #markStale(labels: Labels, atMs: number): void {
    const ref = this.#options.appender.resolve(labels);
    if (ref !== undefined) this.#options.appender.appendStale(ref, atMs);
  }
}

function isSameRule(a: Rule, b: Rule): boolean {
  return a.type === b.type && a.name === b.name && JSON.stringify(a.labels) === JSON.stringify(b.labels);
}
