import { describe, expect, it } from "vitest";
import { ALL, applyRegex, parseVariableQuery, substitute, substituteText } from "./variables.ts";

describe("parseVariableQuery", () => {
  it.each([
    ["label_values(job)", { kind: "values", label: "job", match: undefined }],
    ["label_values(node_uname_info, job)", { kind: "values", label: "job", match: "node_uname_info" }],
    [
      'label_values(up{job="a",instance="b"}, instance)',
      { kind: "values", label: "instance", match: 'up{job="a",instance="b"}' },
    ],
    ['label_values({a="1,2"},b)', { kind: "values", label: "b", match: '{a="1,2"}' }],
    ["label_names()", { kind: "names", match: undefined }],
    ["label_names(up)", { kind: "names", match: "up" }],
    ["metrics(node_.*)", { kind: "metrics", pattern: "node_.*" }],
    ["query_result(topk(5, sum by (job) (up)))", { kind: "result", promql: "topk(5, sum by (job) (up))" }],
  ])("%s", (query, expected) => {
    expect(parseVariableQuery(query)).toEqual(expected);
  });
  it("refuses what it does not know", () => {
    expect(parseVariableQuery("select host from hosts")).toBeUndefined();
  });
});

describe("substitute", () => {
  const variables = [{ name: "node" }, { name: "job", multi: true }, { name: "any", includeAll: true }];
  it.each([
    ['up{instance="$node"}', { node: ["a:9100"] }, 'up{instance="a:9100"}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the dashboards' own notation
    ['up{instance="${node}"} [[node]] ${node:regex}', { node: ["x"] }, 'up{instance="x"} x x'],
    ['up{job=~"$job"}', { job: ["a.b", "c"] }, 'up{job=~"(a\\\\.b|c)"}'],
    ['up{x=~"$any"}', { any: [ALL] }, 'up{x=~".*"}'],
    ["rate(x[$__rate_interval]) $nodes", { node: ["x"] }, "rate(x[$__rate_interval]) $nodes"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the dashboards' own notation
    ["${job:csv} ${job:pipe} ${job:raw}", { job: ["a.b", "c"] }, "a.b,c a.b|c a.b,c"],
    ['up{instance="$node"}', { node: ['say "hi"'] }, 'up{instance="say \\"hi\\""}'],
  ])("%s with %o", (text, values, expected) => {
    expect(substitute(text, values, variables)).toBe(expected);
  });
});

describe("substituteText", () => {
  it("writes values as people read them", () => {
    const variables = [{ name: "job", multi: true, texts: { c: "See" } }];
    expect(substituteText("$job", { job: ["a.b", "c"] }, variables)).toBe("a.b, See");
    expect(substituteText("of $job", { job: [ALL] }, variables)).toBe("of All");
  });
});

describe("applyRegex", () => {
  it("takes the first group and leaves out the rest", () => {
    expect(applyRegex(["sda", "sda1", "vdb"], "/^(s[a-z]+)/")).toEqual(["sda"]);
  });
  it("takes the group that is named value", () => {
    expect(applyRegex(['up{job="a"} 1 0'], '/job="(?<value>[^"]+)"/')).toEqual(["a"]);
  });
  it("lets all through where the pattern is broken", () => {
    expect(applyRegex(["a"], "/(/")).toEqual(["a"]);
  });
});
