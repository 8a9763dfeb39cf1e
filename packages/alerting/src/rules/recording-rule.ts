/** A recording rule: an expression whose result is kept under a name of its own. */
import { type Labels, METRIC_NAME, type Slices } from "@dmon/model";
import { newStatus, type RuleEnvironment, type RuleSample, type RuleStatus, samplesOf } from "./rule.ts";
import type { RuleDefinition } from "./rule-file.ts";

export class RecordingRule {
  readonly type = "recording";
  readonly name: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: RuleStatus = newStatus();

  constructor(definition: RuleDefinition, groupLabels: Readonly<Record<string, string>>) {
    this.name = definition.record ?? "";
    this.expr = definition.expr;
    this.labels = { ...groupLabels, ...definition.labels };
  }

  /** @throws {Error} where the query fails, or its result does not fit */
  *evaluate(environment: RuleEnvironment, _atMs: number, queryAtMs: number, limit: number): Slices<RuleSample[]> {
    const samples = samplesOf(yield* environment.query(this.expr, queryAtMs)).map((sample) => ({
      ...sample,
      labels: this.#labelsOf(sample),
    }));
    const keys = new Set(samples.map(({ labels }) => labels.key));
    if (keys.size < samples.length)
      throw new Error("vector contains metrics with the same labelset after applying rule labels");
    if (limit > 0 && samples.length > limit)
      throw new Error(`exceeded limit of ${limit} with ${samples.length} series`);
    return samples;
  }

  #labelsOf({ labels }: RuleSample): Labels {
    let named = labels.with(METRIC_NAME, this.name);
    for (const [name, value] of Object.entries(this.labels)) named = named.with(name, value);
    return named;
  }
}
