import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { runTestFile } from "./run-test-file.ts";

const RULES = `
groups:
- name: g
  rules:
  - {record: "job:requests:rate1m", expr: "sum by (job) (rate(requests_total[1m]))"}
  - alert: Down
    expr: up == 0
    for: 2m
    labels: {severity: page}
    annotations: {summary: "{{ $labels.instance }} is down"}
`;

function run(test: string, experimentalFunctions = false) {
  return runTestFile("test.yml", {
    readFile: (path) => (path === "rules.yml" ? RULES : `rule_files: [rules.yml]\n${test}`),
    expand: (pattern) => [pattern],
    isWanted: () => true,
    ignoreUnknownFields: false,
    experimentalFunctions,
  });
}

const DOWN =
  "tests: [{interval: 1m, input_series: [{series: 'up{instance=\"a\"}', values: '1 0x10'}], alert_rule_test: [ALERT]}]";

describe("rule unit tests", () => {
  it("see an alert fire when it has held long enough, and not before", () => {
    const at = (minutes: number, alerts: string) =>
      run(DOWN.replace("ALERT", `{eval_time: ${minutes}m, alertname: Down, exp_alerts: [${alerts}]}`));
    const firing = "{exp_labels: {severity: page, instance: a}, exp_annotations: {summary: a is down}}";
    expect(at(2, "")).toEqual({ passed: 1, failures: [] });
    expect(at(3, firing)).toEqual({ passed: 1, failures: [] });
    expect(at(2, firing).failures[0]?.problems[0]).toMatch(/exp: Labels:\{alertname="Down".*\n {2}got: nothing/);
    expect(
      at(3, "{exp_labels: {severity: page, instance: a}, exp_annotations: {summary: other}}").failures,
    ).toHaveLength(1);
  });

  it("compare expressions over what the rules recorded", () => {
    const at = (value: number) =>
      run(`tests: [{interval: 30s, input_series: [{series: 'requests_total{job="x"}', values: '0+30x20'}],
        promql_expr_test: [{expr: 'job:requests:rate1m', eval_time: 4m, exp_samples: [{labels: 'job:requests:rate1m{job="x"}', value: ${value}}]}]}]`);
    expect(at(1)).toEqual({ passed: 1, failures: [] });
    expect(at(2).failures[0]?.problems[0]).toMatch(/exp: .* 2\n {2}got: .* 1$/s);
  });

  it.each([
    ["tests: [{input_series: [{series: 'x{', values: '1'}]}]", /unexpected|unterminated|expected/],
    ["tests: [{promql_expr_test: [{expr: 'sum(', eval_time: 0}]}]", /parse error/],
    ["tests: [{intervall: 1m}]", /intervall/],
    ["tests: [", /test\.yml/],
  ])("say what is wrong with %s", (test, message) => {
    expect(run(test).failures[0]?.problems[0]).toMatch(message);
  });
});

const SHARED = join(import.meta.dirname, "../../../../../shared/conformance/rules");
const isPresent = existsSync(SHARED);
if (!isPresent) console.warn("skipped: promtool's own rule tests (../shared/conformance/rules is absent)");

describe.skipIf(!isPresent)("promtool's own rule tests", () => {
  it.each([
    ["unittest.yml", true],
    ["at-modifier-test.yml", true],
    ["negative-offset-test.yml", true],
    ["no-test-group-interval.yml", true],
    ["start-time-test.yml", true],
    ["long-period.yml", true],
    ["rules_run_fuzzy.yml", true],
    ["rules_run_no_fuzzy.yml", false],
    ["failing.yml", false],
    ["bad-input-series.yml", false],
    ["bad-promql.yml", false],
    ["bad-rules-error-test.yml", false],
    ["bad-rules-syntax-test.yml", false],
    ["rules_run_extrafields.yml", false],
  ])("%s passes: %s", (name, passes) => {
    const { passed, failures } = runTestFile(join(SHARED, name), {
      readFile: (path) => readFileSync(path, "utf8"),
      expand: (pattern, from) => [resolve(dirname(from), pattern)],
      isWanted: () => true,
      ignoreUnknownFields: false,
      experimentalFunctions: false,
    });
    expect(failures.length === 0).toBe(passes);
    if (passes) expect(passed).toBeGreaterThan(0);
  });
});
