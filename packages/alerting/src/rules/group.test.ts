import { AppendOutcome, Labels, type QueryResult, runToEnd, type Slices } from "@dmon/model";
import { describe, expect, it } from "vitest";
import type { AlertingRule } from "./alerting-rule.ts";
import { RuleGroup } from "./group.ts";
import { readRuleFile } from "./rule-file.ts";

const MINUTE = 60_000;

/** A group over a made-up world: `answers` is what each expression gives at the moment. */
function world(yaml: string) {
  const answers: Record<string, readonly { labels: Record<string, string>; value: number }[] | Error> = {};
  const written: string[] = [];
  const labelsOf: Labels[] = [];
  const sent: string[][] = [];
  const { groups, problems } = readRuleFile(yaml, "test.yml", { checkExpression: () => {} });
  expect(problems).toEqual([]);
  const definition = groups[0]!;
  const group = new RuleGroup({
    file: "test.yml",
    definition,
    defaultIntervalMs: MINUTE,
    defaultQueryOffsetMs: 0,
    now: () => 0,
    environment: {
      externalLabels: {},
      externalUrl: "",
      *query(expression, atMs): Slices<QueryResult> {
        const answer = answers[expression] ?? [];
        if (answer instanceof Error) throw answer;
        return {
          value: {
            type: "vector",
            samples: answer.map(({ labels, value }) => ({ labels: Labels.from(labels), value, atMs })),
          },
          warnings: [],
          infos: [],
        };
      },
    },
    appender: {
      resolve: (labels) => labelsOf.push(labels) - 1,
      appendFloat(ref, atMs, value) {
        written.push(`${labelsOf[ref]} ${value} @${atMs / 1000}`);
        return AppendOutcome.OK;
      },
      appendHistogram: () => AppendOutcome.OK,
      appendStale(ref, atMs) {
        written.push(`${labelsOf[ref]} stale @${atMs / 1000}`);
        return AppendOutcome.OK;
      },
    },
    onAlerts: (alerts) => void sent.push(alerts.map(({ labels, state }) => `${labels.get("a")}:${state}`)),
  });
  return {
    group,
    answers,
    sent,
    at(minutes: number): string[] {
      runToEnd(group.evaluate(minutes * MINUTE));
      return written.splice(0);
    },
  };
}

describe("recording rules", () => {
  it("keep the result under their name, and end what is gone", () => {
    const { answers, at, group } = world(
      "groups: [{name: g, labels: {team: x}, rules: [{record: a:b, expr: e, labels: {l: '1', drop: ''}}]}]",
    );
    answers.e = [{ labels: { __name__: "x", drop: "y", i: "1" }, value: 5 }];
    expect(at(1)).toEqual(['a:b{i="1", l="1", team="x"} 5 @60']);
    answers.e = [];
    expect(at(2)).toEqual(['a:b{i="1", l="1", team="x"} stale @120']);
    expect(at(3)).toEqual([]);
    expect(group.rules[0]!.status.health).toBe("ok");
  });

  it("say why they fail and go on with the next rule", () => {
    const { answers, at, group } = world(
      "groups: [{name: g, rules: [{record: a, expr: bad}, {record: b, expr: good}]}]",
    );
    answers.bad = new Error("no such thing");
    answers.good = [{ labels: {}, value: 1 }];
    expect(at(1)).toEqual(["b 1 @60"]);
    expect(group.rules[0]!.status).toMatchObject({ health: "err", lastError: "no such thing" });
  });

  it("refuse a result that would make two series one, and one beyond the limit", () => {
    const { answers, at, group } = world(
      "groups: [{name: g, limit: 1, rules: [{record: a, expr: e, labels: {i: same}}]}]",
    );
    answers.e = [
      { labels: { i: "1" }, value: 1 },
      { labels: { i: "2" }, value: 1 },
    ];
    expect(at(1)).toEqual([]);
    expect(group.rules[0]!.status.lastError).toMatch(/same labelset/);
    answers.e = [
      { labels: { j: "1" }, value: 1 },
      { labels: { j: "2" }, value: 1 },
    ];
    expect(at(2)).toEqual([]);
    expect(group.rules[0]!.status.lastError).toMatch(/exceeded limit of 1 with 2 series/);
  });

  it("write at the time of the evaluation less the offset", () => {
    const { answers, at } = world("groups: [{name: g, query_offset: 30s, rules: [{record: a, expr: e}]}]");
    answers.e = [{ labels: {}, value: 1 }];
    expect(at(1)).toEqual(["a 1 @30"]);
  });
});

const ALERT = `
groups:
  - name: g
    rules:
      - alert: Down
        expr: e
        for: 2m
        keep_firing_for: 3m
        labels: { severity: "{{ if gt $value 5.0 }}page{{ else }}warn{{ end }}" }
        annotations: { summary: "{{ $labels.a }} is {{ $value }}" }
`;

describe("alerting rules", () => {
  it("go from pending to firing, are kept, then resolved", () => {
    const { answers, at, sent, group } = world(ALERT);
    const rule = group.rules[0] as AlertingRule;
    answers.e = [{ labels: { __name__: "up", a: "x" }, value: 1 }];
    expect(at(0)).toEqual([
      'ALERTS{a="x", alertname="Down", alertstate="pending", severity="warn"} 1 @0',
      'ALERTS_FOR_STATE{a="x", alertname="Down", severity="warn"} 0 @0',
    ]);
    expect(at(1)[0]).toContain('alertstate="pending"');
    const firing = at(2);
    expect(firing[0]).toContain('alertstate="firing"');
    expect(firing.at(-1)).toBe('ALERTS{a="x", alertname="Down", alertstate="pending", severity="warn"} stale @120');
    expect(rule.activeAlerts[0]).toMatchObject({ annotations: { summary: "x is 1" }, firedAtMs: 2 * MINUTE });
    answers.e = [];
    expect(at(3)[0]).toContain('alertstate="firing"');
    expect(at(5)[0]).toContain('alertstate="firing"');
    expect(at(6).every((line) => line.includes("stale"))).toBe(true);
    expect(sent.at(-1)).toEqual(["x:inactive"]);
    expect(rule.state).toBe("inactive");
    at(30);
    expect(rule.allAlerts).toEqual([]);
  });

  it("forget what was only pending", () => {
    const { answers, at, group, sent } = world(ALERT);
    answers.e = [{ labels: { a: "x" }, value: 1 }];
    at(0);
    answers.e = [];
    at(1);
    expect((group.rules[0] as AlertingRule).allAlerts).toEqual([]);
    expect(sent.at(-1)).toEqual([]);
  });

  it("start anew where labels change with the value", () => {
    const { answers, at, group } = world(ALERT);
    answers.e = [{ labels: { a: "x" }, value: 1 }];
    at(0);
    answers.e = [{ labels: { a: "x" }, value: 9 }];
    at(1);
    expect(
      (group.rules[0] as AlertingRule).activeAlerts.map(({ labels, activeAtMs }) => [
        labels.get("severity"),
        activeAtMs,
      ]),
    ).toEqual([["page", MINUTE]]);
  });

  it("keep their state where the query fails", () => {
    const { answers, at, group } = world(ALERT);
    answers.e = [{ labels: { a: "x" }, value: 1 }];
    at(0);
    answers.e = new Error("timeout");
    at(1);
    answers.e = [{ labels: { a: "x" }, value: 1 }];
    at(2);
    expect((group.rules[0] as AlertingRule).state).toBe("firing");
  });

  // With 30 s of grace and two minutes of `for`: evaluated anew at ten minutes, last known of before.
  it.each([
    ["fired before", 9, 6, 6],
    ["had less left than the grace", 9.75, 8, 8.5],
    ["was pending, and the time without evaluations does not count", 9, 8.5, 9.5],
  ])("take over when they began from before a restart: one that %s", (_, lastMinute, activeMinute, expected) => {
    const { answers, at, group } = world(ALERT);
    const rule = group.rules[0] as AlertingRule;
    rule.isRestored = false;
    answers.e = [{ labels: { a: "x" }, value: 1 }];
    expect(at(10)).toEqual([]);
    const labels = Labels.from({ a: "x", severity: "warn", alertname: "Down" });
    rule.restore(
      [{ labels, lastAtMs: lastMinute * MINUTE, activeAtMs: activeMinute * MINUTE }],
      10 * MINUTE,
      MINUTE / 2,
    );
    expect(rule.activeAlerts[0]!.activeAtMs / MINUTE).toBe(expected);
    expect(at(11)[0]).toContain("ALERTS");
  });

  it("begin at the evaluation, also where the query looks back", () => {
    const { answers, at, group } = world(ALERT.replace("- name: g", "- name: g\n    query_offset: 1m"));
    answers.e = [{ labels: { a: "x" }, value: 1 }];
    expect(at(10)[1]).toContain('ALERTS_FOR_STATE{a="x", alertname="Down", severity="warn"} 600 @540');
    expect((group.rules[0] as AlertingRule).activeAlerts[0]!.activeAtMs).toBe(10 * MINUTE);
  });

  it("go on over a reload, and end what is gone", () => {
    const first = world(ALERT);
    first.answers.e = [{ labels: { a: "x" }, value: 1 }];
    first.at(0);
    first.at(2);
    const next = world(`${ALERT}      - {record: new, expr: e}\n`);
    next.group.takeOver(first.group, 3 * MINUTE);
    expect((next.group.rules[0] as AlertingRule).state).toBe("firing");
    next.answers.e = [{ labels: { a: "x" }, value: 1 }];
    expect(next.at(3)[0]).toContain('alertstate="firing"');
    const gone = world("groups: [{name: g, rules: [{record: other, expr: e}]}]");
    gone.group.takeOver(next.group, 4 * MINUTE);
    expect(gone.at(4).filter((line) => line.includes("stale"))).toHaveLength(3);
  });

  it("show a template's failure in place of its text", () => {
    const { answers, at, group } = world(
      "groups: [{name: g, rules: [{alert: A, expr: e, annotations: {s: '{{ query \"x\" | first | value }}'}}]}]",
    );
    answers.e = [{ labels: { a: "x" }, value: 1 }];
    at(0);
    expect((group.rules[0] as AlertingRule).activeAlerts[0]!.annotations.s).toMatch(
      /^<error expanding template: .*no elements/,
    );
  });
});

describe("rule files", () => {
  const check = {
    checkExpression: (text: string) => {
      if (text === "bad") throw new Error("1:1: parse error");
    },
  };
  it.each([
    ["groups:\n- name: a\n- name: a", ['test.yml:3: groupname: "a" is repeated in the same file']],
    ["groups:\n- rules: []", ["test.yml:2: Groupname must not be empty"]],
    ["groups:\n- name: g\n  rules:\n  - {record: x, alert: y, expr: e}", [/only one of 'record' and 'alert'/]],
    ["groups:\n- name: g\n  rules:\n  - {expr: e}", [/one of 'record' or 'alert' must be set/]],
    ["groups:\n- name: g\n  rules:\n  - record: x", [/field 'expr' must be set/]],
    ["groups:\n- name: g\n  rules:\n  - {record: x, expr: bad}", [/could not parse expression: 1:1: parse error/]],
    ["groups:\n- name: g\n  rules:\n  - {record: x, expr: e, for: 1m}", [/invalid field 'for' in recording rule/]],
    ["groups:\n- name: g\n  rules:\n  - {record: x, expr: e, annotations: {a: b}}", [/invalid field 'annotations'/]],
    ["groups:\n- name: g\n  rules:\n  - {alert: x, expr: e, labels: {__name__: b}}", [/invalid label name: __name__/]],
    [
      "groups:\n- name: g\n  rules:\n  - {alert: x, expr: e, annotations: {a: '{{ $x }}'}}",
      [/annotation "a": template: undefined variable/],
    ],
    ["groups:\n- name: g\n  rulez: []", [/^test\.yml:3: group field rulez not known/]],
    ["groups:\n- name: g\n  interval: soon", [/^test\.yml:3: interval: not a valid duration/]],
    ["groups: [", [/test\.yml:\d+: /]],
    // Go knows functions when it reads, templates only when it fills in.
    [
      "groups:\n- name: g\n  rules: [{alert: a, expr: up, annotations: {x: '{{ nope 1 }}'}}]",
      [/function ".*nope.*" not defined/],
    ],
    ["groups:\n- name: g\n  rules: [{alert: a, expr: up, annotations: {x: '{{ template `later` }}'}}]", []],
  ])("%j", (source, expected) => {
    const problems = readRuleFile(source, "test.yml", check).problems.map(
      ({ file, line, message }) => `${file}:${line}: ${message}`,
    );
    expect(problems).toHaveLength(expected.length);
    for (let i = 0; i < expected.length; i++) expect(problems[i]).toMatch(expected[i]!);
  });
});
