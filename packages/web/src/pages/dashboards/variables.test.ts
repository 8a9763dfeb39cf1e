import { describe, expect, it } from "vitest";
import { ALL, applyRegex, parseLabelValues, substitute } from "./variables.ts";

describe("parseLabelValues", () => {
  it.each([
    ["label_values(job)", { label: "job", match: undefined }],
    ["label_values(node_uname_info, job)", { label: "job", match: "node_uname_info" }],
    ['label_values(up{job="a",instance="b"}, instance)', { label: "instance", match: 'up{job="a",instance="b"}' }],
    ['label_values({a="1,2"},b)', { label: "b", match: '{a="1,2"}' }],
  ])("%s", (query, expected) => {
    expect(parseLabelValues(query)).toEqual(expected);
  });
  it("refuses what it does not know", () => {
    expect(parseLabelValues("query_result(up)")).toBeUndefined();
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
    ['up{instance="$node"}', { node: ['say "hi"'] }, 'up{instance="say \\"hi\\""}'],
  ])("%s with %o", (text, values, expected) => {
    expect(substitute(text, values, variables)).toBe(expected);
  });
});

describe("applyRegex", () => {
  it("takes the first group and leaves out the rest", () => {
    expect(applyRegex(["sda", "sda1", "vdb"], "/^(s[a-z]+)/")).toEqual(["sda"]);
  });
  it("lets all through where the pattern is broken", () => {
    expect(applyRegex(["a"], "/(/")).toEqual(["a"]);
  });
});
