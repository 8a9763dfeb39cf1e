// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relabelling has templates of its own, and they look like this.
import { describe, expect, it } from "vitest";
import { compileRelabelRule, type RelabelSpec, relabel } from "./relabel.ts";

type Given = Record<string, string>;

/** The labels after the rules, or undefined where they were dropped. */
function apply(labels: Given, ...rules: RelabelSpec[]): Given | undefined {
  const map = new Map(Object.entries(labels));
  const kept = relabel(
    map,
    rules.map((rule) => compileRelabelRule(rule)),
  );
  return kept ? Object.fromEntries([...map].sort()) : undefined;
}

// Cases follow Prometheus' own relabelling tests and documentation.
describe("relabelling", () => {
  it.each<[string, Given, RelabelSpec[], Given | undefined]>([
    [
      "replace with a group",
      { a: "foo", b: "bar" },
      [{ source_labels: ["a"], regex: "f(.*)", target_label: "d", replacement: "ch${1}-ch${1}" }],
      { a: "foo", b: "bar", d: "choo-choo" },
    ],
    [
      "replace joins by the separator",
      { a: "foo", b: "bar" },
      [{ source_labels: ["a", "b"], regex: "f(.*);(.*)r", target_label: "a", replacement: "b${1}${2}m" }],
      { a: "boobam", b: "bar" },
    ],
    [
      "the pattern is anchored",
      { a: "boo" },
      [{ source_labels: ["a"], regex: "o", target_label: "b", replacement: "x" }],
      { a: "boo" },
    ],
    [
      "an empty result removes the label",
      { a: "foo", b: "x" },
      [{ source_labels: ["a"], regex: "f.*", target_label: "b", replacement: "" }],
      { a: "foo" },
    ],
    [
      "a plain value is set whatever there is",
      { a: "foo" },
      [{ target_label: "b", replacement: "x" }],
      { a: "foo", b: "x" },
    ],
    [
      "a template in the target",
      { a: "some-name-value" },
      [{ source_labels: ["a"], regex: "some-([^-]+)-([^,]+)", target_label: "${1}", replacement: "${2}" }],
      { a: "some-name-value", name: "value" },
    ],
    [
      "$1 takes letters with it",
      { a: "x" },
      [{ source_labels: ["a"], target_label: "b", replacement: "$1_c" }],
      { a: "x" },
    ],
    [
      "${1} does not",
      { a: "x" },
      [{ source_labels: ["a"], target_label: "b", replacement: "${1}_c" }],
      { a: "x", b: "x_c" },
    ],
    [
      "$$ is a dollar",
      { a: "x" },
      [{ source_labels: ["a"], target_label: "b", replacement: "$$1" }],
      { a: "x", b: "$1" },
    ],
    [
      "a lone $ stays",
      { a: "x" },
      [{ source_labels: ["a"], target_label: "b", replacement: "$ $-" }],
      { a: "x", b: "$ $-" },
    ],
    [
      "named groups",
      { a: "x-y" },
      [{ source_labels: ["a"], regex: "(?P<one>.*)-(?P<two>.*)", target_label: "b", replacement: "${two}$one" }],
      { a: "x-y", b: "yx" },
    ],
    [
      "a dot meets a line feed",
      { a: "x\ny" },
      [{ source_labels: ["a"], regex: "x.y", target_label: "b", replacement: "z" }],
      { a: "x\ny", b: "z" },
    ],
    [
      "case by RE2 syntax",
      { a: "FOO" },
      [{ source_labels: ["a"], regex: "(?i)foo", target_label: "b", replacement: "z" }],
      { a: "FOO", b: "z" },
    ],
    ["keep", { a: "foo" }, [{ source_labels: ["a"], regex: "fo", action: "keep" }], undefined],
    ["keep what matches", { a: "foo" }, [{ source_labels: ["a"], regex: "fo|foo", action: "keep" }], { a: "foo" }],
    ["drop", { a: "foo" }, [{ source_labels: ["a"], regex: "f.*", action: "drop" }], undefined],
    [
      "drop a missing label by an empty pattern",
      { a: "foo" },
      [{ source_labels: ["z"], regex: "", action: "drop" }],
      undefined,
    ],
    [
      "nothing after a drop",
      { a: "foo" },
      [
        { source_labels: ["a"], regex: ".*o.*", action: "drop" },
        { target_label: "d", replacement: "x" },
      ],
      undefined,
    ],
    [
      "keepequal",
      { a: "1", b: "1" },
      [{ source_labels: ["a"], target_label: "b", action: "keepequal" }],
      { a: "1", b: "1" },
    ],
    [
      "keepequal of others",
      { a: "1", b: "2" },
      [{ source_labels: ["a"], target_label: "b", action: "keepequal" }],
      undefined,
    ],
    ["dropequal", { a: "1", b: "1" }, [{ source_labels: ["a"], target_label: "b", action: "dropequal" }], undefined],
    [
      "hashmod",
      { a: "foo", b: "bar", c: "baz" },
      [{ source_labels: ["c"], separator: ";", target_label: "d", modulus: 1000, action: "hashmod" }],
      { a: "foo", b: "bar", c: "baz", d: "976" },
    ],
    [
      "hashmod of lines",
      { a: "foo\nbar" },
      [{ source_labels: ["a"], target_label: "b", modulus: 1000, action: "hashmod" }],
      { a: "foo\nbar", b: "734" },
    ],
    [
      "labelmap",
      { a: "foo", b1: "bar", b2: "baz" },
      [{ regex: "(b.*)", replacement: "bar_${1}", action: "labelmap" }],
      { a: "foo", b1: "bar", b2: "baz", bar_b1: "bar", bar_b2: "baz" },
    ],
    [
      "labelmap by a prefix",
      { __meta_my_bar: "aaa" },
      [{ regex: "__meta_(my.*)", replacement: "${1}", action: "labelmap" }],
      { __meta_my_bar: "aaa", my_bar: "aaa" },
    ],
    ["labeldrop", { a: "1", b1: "2", b2: "3" }, [{ regex: "b.*", action: "labeldrop" }], { a: "1" }],
    ["labelkeep", { a: "1", b1: "2", b2: "3" }, [{ regex: "b.*", action: "labelkeep" }], { b1: "2", b2: "3" }],
    [
      "lowercase",
      { a: "FoO" },
      [{ source_labels: ["a"], target_label: "b", action: "lowercase" }],
      { a: "FoO", b: "foo" },
    ],
    [
      "uppercase",
      { a: "FoO" },
      [{ source_labels: ["a"], target_label: "b", action: "uppercase" }],
      { a: "FoO", b: "FOO" },
    ],
  ])("%s", (_, labels, rules, expected) => {
    expect(apply(labels, ...rules)).toEqual(expected);
  });

  it.each<[RelabelSpec, string]>([
    [{}, "relabel configuration for replace action requires 'target_label' value"],
    [{ action: "hashmod", target_label: "x" }, "relabel configuration for hashmod requires non-zero modulus"],
    [{ action: "lowercase", target_label: "x", replacement: "y" }, "'replacement' can not be set for lowercase action"],
    [
      { action: "keepequal", target_label: "x", regex: "y" },
      "keepequal action requires only 'source_labels' and 'target_label', and no other fields",
    ],
    [{ action: "labelkeep", source_labels: ["x"] }, "labelkeep action requires only 'regex', and no other fields"],
    [{ target_label: "x", regex: "(?=a)" }, "error parsing regexp"],
  ])("refuses %o", (spec, message) => {
    expect(() => compileRelabelRule(spec)).toThrow(message);
  });
});
