/** What a rule needs to be evaluated, and what it says of its last evaluation. */
import { type FloatHistogram, Labels, type QueryResult, type Slices } from "@dmon/model";
import type { TemplateSample } from "../template/values.ts";

export interface RuleEnvironment {
  /** Evaluates an expression at an instant. @throws {DmonError} as a query does */
  query(expression: string, atMs: number): Slices<QueryResult>;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

/** A sample that a rule produces, at the time of the evaluation. */
export interface RuleSample {
  readonly labels: Labels;
  readonly value: number;
  readonly histogram?: FloatHistogram | undefined;
}

export type RuleHealth = "unknown" | "ok" | "err";

export interface RuleStatus {
  health: RuleHealth;
  /** "" where the last evaluation went well. */
  lastError: string;
  /** Ms; undefined before the first. */
  lastEvaluationMs: number | undefined;
  durationSeconds: number;
}

export function newStatus(): RuleStatus {
  return { health: "unknown", lastError: "", lastEvaluationMs: undefined, durationSeconds: 0 };
}

/** The result as samples; a scalar is one without labels. */
export function samplesOf({ value }: QueryResult): RuleSample[] {
  switch (value.type) {
    case "vector":
      return value.samples.map(({ labels, value: number, histogram }) => ({ labels, value: number, histogram }));
    case "scalar":
      return [{ labels: Labels.EMPTY, value: value.value }];
    default:
      throw new Error("rule result is not a vector or scalar");
  }
}

export function templateSamples(result: QueryResult): TemplateSample[] {
  return samplesOf(result).map(({ labels, value }) => ({ labels: labels.toObject(), value }));
}
