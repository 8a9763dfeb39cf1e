import { describe, expect, it } from "vitest";
import { TEMPLATE_HEAD } from "../rules/rule-file.ts";
import { expandTemplate } from "./execute.ts";
import type { TemplateFunctions } from "./functions.ts";

const functions: TemplateFunctions = {
  query: (expression) =>
    expression === "none"
      ? []
      : [
          { labels: { __name__: "metric", instance: "b" }, value: 21 },
          { labels: { __name__: "metric", instance: "a" }, value: 11 },
        ],
  externalUrl: "http://monitor.example/base/",
  nowMs: 1_700_000_000_000,
};
const data = {
  Labels: { instance: "web-1:9100", job: "node" },
  ExternalLabels: { cluster: "c1" },
  ExternalURL: "http://x",
  Value: 0.98765,
};
const expand = (text: string, value?: number) =>
  expandTemplate(TEMPLATE_HEAD + text, value === undefined ? data : { ...data, Value: value }, functions);

describe("templates", () => {
  it.each([
    ["plain", "plain"],
    ["{{ $labels.instance }}", "web-1:9100"],
    ["{{ $labels.missing }}", ""],
    ["{{ .Labels.job }}", "node"],
    ["{{ $value }}", "0.98765"],
    ["{{ $externalLabels.cluster }} {{ $externalURL }}", "c1 http://x"],
    ['{{ printf "%.2f" $value }}', "0.99"],
    ['{{ printf "%s=%d %5.1f|%-4s|%05d" "a" 3 2.25 "x" 42 }}', "a=3   2.2|x   |00042"],
    ['{{ printf "%d" $value }}', "%!d(float64=0.98765)"],
    ['{{ printf "%v %q" 1.5 "x" }}', '1.5 "x"'],
    ['{{ printf "%s" }}', "%!s(MISSING)"],
    ["{{ $value | humanizePercentage }}", "98.77%"],
    ['{{ if eq $labels.job "node" }}yes{{ else }}no{{ end }}', "yes"],
    ["{{ if and (gt $value 0.5) (lt $value 1.0) }}in{{ end }}", "in"],
    ["{{ if false }}a{{ else if true }}b{{ else }}c{{ end }}", "b"],
    ["{{ with $labels.missing }}x{{ else }}none{{ end }}", "none"],
    ['{{ range query "metric" | sortByLabel "instance" }}{{ .Labels.instance }}:{{ .Value }} {{ end }}', "a:11 b:21 "],
    ['{{ range $i, $s := query "metric" }}{{ $i }}={{ $s | value }};{{ end }}', "0=21;1=11;"],
    ['{{ with query "metric" }}{{ . | first | value | humanize }}{{ end }}', "21"],
    ['{{ query "metric" | first | label "instance" }}', "b"],
    ['{{ range query "none" }}x{{ else }}empty{{ end }}', "empty"],
    ["{{ range $k, $v := $labels }}{{ $k }}={{ $v }},{{ end }}", "instance=web-1:9100,job=node,"],
    ["a  {{- /* gone */ -}}  b", "ab"],
    ["a {{- 1 -}} b", "a1b"],
    ['{{ define "x" }}<{{ . }}>{{ end }}{{ template "x" $value }}', "<0.98765>"],
    ["{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"],
    ["{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1"],
    ['{{ index $labels "job" }} {{ len "abc" }} {{ not true }}', "node 3 false"],
    ['{{ reReplaceAll "(.*):\\\\d+" "$1" $labels.instance }}', "web-1"],
    ['{{ match "web-[0-9]" $labels.instance }}', "true"],
    ['{{ stripPort $labels.instance }} {{ title "ab cd" }} {{ toUpper "x" }}', "web-1 Ab Cd X"],
    ['{{ stripDomain "a.example.org:80" }} {{ stripDomain "10.0.0.1:80" }}', "a:80 10.0.0.1:80"],
    ["{{ pathPrefix }} {{ externalURL }}", "/base http://monitor.example/base/"],
    ['{{ graphLink "up{a=\\"b\\"}" }}', "/graph?g0.expr=up%7Ba%3D%22b%22%7D&g0.tab=0"],
    ['{{ urlquery "a b&c" }} {{ html "<a>" }}', "a+b%26c &lt;a&gt;"],
    ['{{ range $i, $e := query "metric" }}{{ if $i }}{{ break }}{{ end }}{{ .Labels.instance }}{{ end }}', "b"],
    ['{{ "\\u00e9\\n" }}{{ `raw\\n` }}', "é\nraw\\n"],
    ['{{ parseDuration "1h30m" }}', "5400"],
  ])("%s", (source, expected) => {
    expect(expand(source)).toBe(expected);
  });

  it.each([
    ["humanize", 0, "0"],
    ["humanize", 1, "1"],
    ["humanize", 1_234_567, "1.235M"],
    ["humanize", 0.12, "120m"],
    ["humanize", -1500, "-1.5k"],
    ["humanize", Number.POSITIVE_INFINITY, "+Inf"],
    ["humanize1024", 1_048_576, "1Mi"],
    ["humanize1024", 0.5, "0.5"],
    ["humanizeDuration", 0, "0s"],
    ["humanizeDuration", 0.1, "100ms"],
    ["humanizeDuration", 1.5, "1.5s"],
    ["humanizeDuration", 60, "1m 0s"],
    ["humanizeDuration", 3600, "1h 0m 0s"],
    ["humanizeDuration", 90_061, "1d 1h 1m 1s"],
    ["humanizeDuration", -90_061, "-1d 1h 1m 1s"],
    ["humanizePercentage", 0.1234567, "12.35%"],
    ["humanizeTimestamp", 1_435_065_584.128, "2015-06-23 13:19:44.128 +0000 UTC"],
    ["toDuration", 3723.5, "1h2m3.5s"],
  ])("%s of %d is %s", (name, value, expected) => {
    expect(expand(`{{ $value | ${name} }}`, value)).toBe(expected);
  });

  it.each([
    ["{{ $value", /unclosed action/],
    ["{{ $nope }}", /undefined variable "\$nope"/],
    ["{{ nope 1 }}", /function "nope" not defined/],
    ["{{ if false }}{{ nope 1 }}{{ end }}", /function "nope" not defined/],
    ["{{ toString }}", /function "toString" not defined/],
    ["{{ if true }}x", /unexpected EOF/],
    ["{{ end }}", /unexpected \{\{end\}\}/],
    ['{{ "abc }}', /unterminated/],
    ['{{ query "none" | first }}', /no elements/],
    ["{{ 1 | 2 }}", /non executable/],
    ["{{ (1 }}", /unclosed left paren/],
    ['{{ template "no" }}', /not defined/],
    ['{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', /too deeply/],
    ['{{ humanize "x" }}', /can't convert/],
  ])("refuses %s", (source, message) => {
    expect(() => expand(source)).toThrow(message);
  });
});
