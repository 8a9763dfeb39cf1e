/**
 * Runs rule unit tests as promtool does: loads series, evaluates the groups at each interval from the start to the last
 * moment that is asked about, and compares alerts and expressions there.
 */
import { type AlertingRule, RuleGroup, type RuleGroupDefinition } from "@dmon/alerting";
import {
  AppendOutcome,
  type FloatHistogram,
  formatFloat,
  Labels,
  messageOf,
  runToEnd,
  type VectorSample,
} from "@dmon/model";
import { createPromqlEngine, formatHistogram, type PromqlEngine } from "@dmon/promql";
import {
  MemoryStorage,
  nearlyEqual,
  nearlyEqualHistograms,
  parseSeriesLine,
  type SeriesLine,
} from "@dmon/promql/promqltest";
import type { UnitTest } from "./unit-test-file.ts";

export interface RunOptions {
  readonly groups: readonly { readonly file: string; readonly definition: RuleGroupDefinition }[];
  readonly evaluationIntervalMs: number;
  /** Names of groups that are evaluated in this order; others follow. */
  readonly groupOrder: readonly string[];
  readonly fuzzyCompare: boolean;
  readonly experimentalFunctions: boolean;
}

/** @returns what went wrong, empty where the test passes */
export function runUnitTest(test: UnitTest, options: RunOptions): string[] {
  return new UnitTestRun(test, options).run();
}

interface Loaded extends SeriesLine {
  next: number;
}

class UnitTestRun {
  readonly #test: UnitTest;
  readonly #options: RunOptions;
  readonly #storage = new MemoryStorage();
  readonly #engine: PromqlEngine;
  readonly #refs: Labels[] = [];
  readonly #refOf = new Map<string, number>();
  readonly #stepMs: number;
  #series: Loaded[] = [];
  readonly #problems: string[] = [];

  constructor(test: UnitTest, options: RunOptions) {
    this.#test = test;
    this.#options = options;
    this.#stepMs = test.interval ?? options.evaluationIntervalMs;
    this.#engine = createPromqlEngine(this.#storage, { experimentalFunctions: options.experimentalFunctions });
  }

  run(): string[] {
    try {
      this.#series = this.#test.input_series.map(({ series, values }) => ({
        ...parseSeriesLine(`${series} ${values}`),
        next: 0,
      }));
    } catch (error) {
      return [messageOf(error)];
    }
    const { evaluationIntervalMs } = this.#options;
    const startMs = this.#test.start_timestamp;
    const groups = this.#makeGroups();
    const times = [...this.#test.alert_rule_test, ...this.#test.promql_expr_test].map((one) => one.eval_time);
    const endMs = startMs + Math.max(0, ...times);
    for (let atMs = startMs; atMs <= endMs; atMs += evaluationIntervalMs) {
      this.#loadTill(atMs);
      for (const group of groups) {
        if ((atMs - startMs) % group.intervalMs === 0) runToEnd(group.evaluate(atMs));
      }
      for (const group of groups) {
        for (const rule of group.rules) {
          if (rule.status.lastError !== "")
            this.#fail(`rule: ${rule.name}, time: ${seconds(atMs)}s, err: ${rule.status.lastError}`);
        }
      }
      if (this.#problems.length > 0) return this.#problems;
      for (const one of this.#test.alert_rule_test) {
        const wantedMs = startMs + one.eval_time;
        if (wantedMs >= atMs && wantedMs < atMs + evaluationIntervalMs) this.#checkAlerts(one, groups);
      }
    }
    this.#loadTill(endMs);
    for (const one of this.#test.promql_expr_test) this.#checkExpression(one, startMs + one.eval_time);
    return this.#problems;
  }

  #makeGroups(): RuleGroup[] {
    const { groups, groupOrder, evaluationIntervalMs } = this.#options;
    const place = (name: string): number => {
      const at = groupOrder.indexOf(name);
      return at < 0 ? groupOrder.length : at;
    };
    const ordered = [...groups].sort((a, b) => place(a.definition.name) - place(b.definition.name));
    return ordered.map(
      ({ file, definition }) =>
        new RuleGroup({
          file,
          definition,
          defaultIntervalMs: evaluationIntervalMs,
          defaultQueryOffsetMs: 0,
          now: () => 0,
          onAlerts: () => {},
          environment: {
            externalLabels: this.#test.external_labels,
            externalUrl: this.#test.external_url,
            query: (query, atMs) => this.#engine.instant({ query, atMs }),
          },
          appender: {
            resolve: (labels) => this.#resolve(labels),
            appendFloat: (ref, atMs, value) => {
              this.#storage.appendFloat(this.#refs[ref]!, atMs, value);
              return AppendOutcome.OK;
            },
            appendHistogram: (ref, atMs, histogram) => {
              this.#storage.appendHistogram(this.#refs[ref]!, atMs, histogram);
              return AppendOutcome.OK;
            },
            appendStale: (ref, atMs) => {
              this.#storage.appendStale(this.#refs[ref]!, atMs);
              return AppendOutcome.OK;
            },
          },
        }),
    );
  }

  #resolve(labels: Labels): number {
    let ref = this.#refOf.get(labels.key);
    if (ref === undefined) {
      ref = this.#refs.push(labels) - 1;
      this.#refOf.set(labels.key, ref);
    }
    return ref;
  }

  #loadTill(atMs: number): void {
    const startMs = this.#test.start_timestamp;
    for (const series of this.#series) {
      for (; series.next < series.values.length; series.next++) {
        const sampleMs = startMs + series.next * this.#stepMs;
        if (sampleMs > atMs) break;
        const value = series.values[series.next]!;
        if (value.kind === "float") this.#storage.appendFloat(series.labels, sampleMs, value.value);
        else if (value.kind === "stale") this.#storage.appendStale(series.labels, sampleMs);
        else if (value.kind === "histogram") this.#storage.appendHistogram(series.labels, sampleMs, value.histogram);
      }
    }
  }

  #checkAlerts(
    { alertname, exp_alerts: expected, eval_time: evalMs }: UnitTest["alert_rule_test"][number],
    groups: readonly RuleGroup[],
  ): void {
    const rules = groups
      .flatMap(({ rules: all }) => all)
      .filter((rule): rule is AlertingRule => rule.type === "alerting" && rule.name === alertname);
    const got = rules
      .flatMap((rule) => rule.activeAlerts)
      .filter(({ state }) => state === "firing")
      .map(({ labels, annotations }) => describeAlert(labels, annotations));
    const wanted = expected.map(({ exp_labels: labels, exp_annotations: annotations }) =>
      describeAlert(Labels.from({ ...labels, alertname }), annotations),
    );
    if (JSON.stringify(got.sort()) === JSON.stringify(wanted.sort())) return;
    this.#fail(
      `alertname: ${alertname}, time: ${seconds(evalMs)}s,\n  exp: ${listText(wanted)}\n  got: ${listText(got)}`,
    );
  }

  #checkExpression(
    { expr, eval_time: evalMs, exp_samples: expected }: UnitTest["promql_expr_test"][number],
    atMs: number,
  ): void {
    const where = `expr: ${JSON.stringify(expr)}, time: ${seconds(evalMs)}s`;
    try {
      const { value } = runToEnd(this.#engine.instant({ query: expr, atMs }));
      const got = value.type === "vector" ? value.samples : value.type === "scalar" ? [scalarSample(value)] : [];
      const wanted = expected.map(expectedSample);
      if (this.#sameSamples([...got], wanted)) return;
      this.#fail(`${where},\n  exp: ${listText(wanted.map(sampleText))}\n  got: ${listText(got.map(sampleText))}`);
    } catch (error) {
      this.#fail(`${where}, err: ${messageOf(error)}`);
    }
  }

  #sameSamples(got: VectorSample[], wanted: Sample[]): boolean {
    const byLabels = (a: Sample, b: Sample): number => (a.labels.key < b.labels.key ? -1 : 1);
    got.sort(byLabels);
    wanted.sort(byLabels);
    return got.length === wanted.length && got.every((sample, i) => this.#sameSample(sample, wanted[i]!));
  }

  #sameSample(got: Sample, wanted: Sample): boolean {
    if (!got.labels.equals(wanted.labels)) return false;
    if (got.histogram !== undefined || wanted.histogram !== undefined) {
      return (
        got.histogram !== undefined &&
        wanted.histogram !== undefined &&
        nearlyEqualHistograms(wanted.histogram, got.histogram, true)
      );
    }
    if (Object.is(got.value, wanted.value) || got.value === wanted.value) return true;
    return this.#options.fuzzyCompare && nearlyEqual(wanted.value, got.value);
  }

  #fail(text: string): void {
    this.#problems.push(this.#test.name === "" ? text : `${this.#test.name}: ${text}`);
  }
}

interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly histogram?: FloatHistogram | undefined;
}

function expectedSample({
  labels = "",
  value = 0,
  histogram,
}: {
  labels?: string | undefined;
  value?: number | undefined;
  histogram?: string | undefined;
}): Sample {
  const line = parseSeriesLine(`${labels.trim() === "" ? "{}" : labels} ${histogram ?? "0"}`);
  const [parsed] = line.values;
  return { labels: line.labels, value, histogram: parsed?.kind === "histogram" ? parsed.histogram : undefined };
}

function scalarSample({ value }: { readonly value: number; readonly atMs: number }): VectorSample {
  return { labels: Labels.EMPTY, value, atMs: 0 };
}

function describeAlert(labels: Labels, annotations: Readonly<Record<string, string>>): string {
  return `Labels:${labels} Annotations:${Labels.from(annotations)}`;
}

function sampleText({ labels, value, histogram }: Sample): string {
  return `${labels} ${histogram === undefined ? formatFloat(value) : formatHistogram(histogram)}`;
}

function listText(items: readonly string[]): string {
  return items.length === 0 ? "nothing" : items.join("\n       ");
}

function seconds(ms: number): string {
  return String(ms / 1000);
}
