/**
 * What both servers are asked, by group. Left out is where Prometheus 3.5 and 3.14 differ, or where 3.5 overflows (times beyond
 * the year 2262) or panics.
 */
import type { Ask } from "./compare.ts";

type Params = Readonly<Record<string, string>>;

function get(path: string, params: Params = {}, more: Omit<Ask, "path"> = {}): Ask {
  return { path: `${path}?${new URLSearchParams(params)}`, ...more };
}

const EXPRESSIONS: readonly string[] = [
  ...[
    "http_requests_total",
    "temp",
    "odd",
    "gone",
    "gappy",
    '{"my.metric"}',
    "native",
    "custom",
    "took_bucket",
    "nope",
  ],
  ...["rate(http_requests_total[5m])", "sum by (instance) (rate(http_requests_total[5m]))", "increase(native[5m])"],
  ...["histogram_quantile(0.9, custom)", "histogram_quantile(0.9, rate(took_bucket[5m]))", "histogram_count(native)"],
  ...["native + native", "native / 2", "sum(native)", "avg(custom)", "native > 1", "http_requests_total + native"],
  ...["many[1m]", "native[1m]", "custom[1m]", "odd[30s]", "rate(native[1m:20s])", "avg_over_time(native[1m])"],
  ...[
    "topk(3, many)",
    "quantile(2, many)",
    'count_values("v", many)',
    "absent(nope)",
    "timestamp(temp)",
    "rate(temp[5m])",
  ],
  ...[
    "1",
    '"s"',
    '"é\\n"',
    "time()",
    "vector(NaN)",
    "-1^2",
    "0x1F",
    "1 == bool 1",
    "many == bool 3",
    "1 == 1",
    "1 or 1",
  ],
  ...[
    "",
    " ",
    "sum(",
    "foo{",
    "foo[",
    "foo[5m",
    "foo[5m] + 1",
    '"a',
    "#c",
    "1 + ",
    "up{a=b}",
    'up{a=~"("}',
    "{}",
    '{a=""}',
  ],
  ...[
    "rate(up)",
    "nofunc(up)",
    "sum by (a up",
    "up @ x",
    "up == 1 bool",
    "my.metric",
    "abs()",
    "time(1)",
    "a-b-",
    "up and 1",
  ],
];

/** @param startS first sample, seconds */
export function expressions(startS: number): Ask[] {
  const time = String(startS + 1500);
  return EXPRESSIONS.flatMap((query) => [
    get("/api/v1/query", { query, time }),
    get("/api/v1/query_range", { query, start: time, end: String(startS + 1560), step: "15" }),
    get("/api/v1/format_query", { query }),
    get("/api/v1/parse_query", { query }),
  ]);
}

const TIMES = [
  "0",
  "4",
  "-1",
  "1e3",
  "1.5",
  "1.0005",
  ".5",
  "5.",
  "0x10",
  "1e400",
  "1_000",
  " 4",
  "4 ",
  "1d",
  "1,5",
  "abc",
];
const DATES = ["2026-02-28T10:00:00Z", "2026-02-30T10:00:00Z", "2026-02-28T24:00:00Z", "2026-02-28T10:00:00+02:00"];
const DATES_TOO = [
  "2026-02-28T10:00:00.123456Z",
  "2026-02-28t10:00:00z",
  "2026-02-28 10:00:00Z",
  "2026-02-28T10:00:60Z",
];
const DURATIONS = ["1s", "5", "x", "1.5", "1ms", "1h30m", "1e9", "1e20", "inf", "5m5m", "100y", "1000y", "15s", "1.5h"];
const LIMITS = ["1", "0", "-1", "x", "1.5", "99999999999999999999", "+2", "1_0", "0x2", " 1"];
const RANGES = [
  ["0", "1", "0"],
  ["0", "1", "-1"],
  ["0", "1", ""],
  ["0", "1", "x"],
  ["0", "1", "0.5"],
  ["0", "11000", "1"],
  ["0", "11001", "1"],
  ["0", "11000.9", "1"],
  ["2", "1", "1"],
  ["", "1", "1"],
  ["1", "", "1"],
  ["x", "1", "1"],
  ["1", "1", "1e20"],
  ["1.0005", "2.0005", "0.5"],
  ["2026-02-28T10:00:00Z", "2026-02-28T10:01:00Z", "15s"],
] as const;

export function parameters(startS: number): Ask[] {
  const at = String(startS + 740);
  return [
    ...[...TIMES, ...DATES, ...DATES_TOO].map((time) => get("/api/v1/query", { query: "time()", time })),
    ...DURATIONS.map((timeout) => get("/api/v1/query", { query: "1", time: "4", timeout })),
    ...[...DURATIONS, "0", "-1"].map((lookback) =>
      get("/api/v1/query", { query: "gone", time: at, lookback_delta: lookback }),
    ),
    ...LIMITS.flatMap((limit) => [
      get("/api/v1/query", { query: "http_requests_total{limit=''}", time: "4", limit }),
      get("/api/v1/series", { "match[]": "nope", limit }),
      get("/api/v1/labels", { "match[]": "nope", limit }),
      get("/api/v1/label/id/values", { "match[]": "nope", limit }),
      get("/api/v1/metadata", { metric: "nope", limit }),
      get("/api/v1/metadata", { metric: "nope", limit_per_metric: limit }),
    ]),
    ...["0", "x", "-1", "1.5"].map((limit) => get("/api/v1/status/tsdb", { limit })),
    ...RANGES.flatMap(([start, end, step]) =>
      ["1", "up[5m]", "sum("].map((query) => get("/api/v1/query_range", { query, start, end, step })),
    ),
    ...[
      "",
      "query=1&query=2&time=4",
      "query=1;time=4",
      "query=%zz&time=4",
      "query=1%2B1&time=4&x=1",
      "Query=1&time=4",
    ].map((query) => ({ path: `/api/v1/query?${query}` })),
    { path: "/api/v1/query_range?query=1&start=5&end=1&step=z" },
    { path: "/api/v1/query_range?query=1&start=x&end=y&step=z&limit=q" },
    { path: "/api/v1/query?query=sum(&time=x&limit=y&timeout=z" },
    { path: "/api/v1/query?query=sum(&timeout=x&lookback_delta=y" },
  ].filter(({ path }) => path !== "/api/v1/query?");
}

const SELECTORS = [
  "temp",
  "{}",
  "",
  "temp{",
  "sum(temp)",
  "1",
  '{a=""}',
  "temp[5m]",
  "temp offset 5m",
  '{"a.b"="c"}',
  "nope",
];
const MORE_SELECTORS = ['{__name__=~".+",job="web"}', '{job=~"("}', '{__name__=""}', '{job!="web",__name__="temp"}'];
const LABELS = [
  "job",
  "__name__",
  "a.b",
  "U__a_2e_b",
  "U__a__b",
  "U__",
  "U___",
  "U__a_zz_b",
  "U__a_2e",
  "U__a_110000_b",
];
const MORE_LABELS = ["U__a_d800_b", "a%20b", "a-b", "1a", "%C3%A9", "_x", "a:b", "u__a", "U__a_1F600_", "%zz"];

export function names(startS: number): Ask[] {
  const window = { start: String(startS - 60), end: String(startS + 3000) };
  const extras: Params[] = [
    { start: "x" },
    { end: "x" },
    { start: "5", end: "1" },
    { limit: "x" },
    { start: "", end: "" },
  ];
  // All selectors in two ways, the other parameters with some of them.
  const pairs = [
    ...[...SELECTORS, ...MORE_SELECTORS].flatMap((match) => [
      { match, extra: {} },
      { match, extra: window },
    ]),
    ...extras.flatMap((extra) => ["temp", "temp{", "{}"].map((match) => ({ match, extra }))),
  ];
  return [
    ...pairs.flatMap(({ match, extra }) =>
      ["series", "labels", "label/__name__/values", "label/room/values"].map((path) =>
        get(`/api/v1/${path}`, { "match[]": match, ...extra }),
      ),
    ),
    ...[...LABELS, ...MORE_LABELS].map((label) =>
      get(`/api/v1/label/${label}/values`, { "match[]": '{__name__=~"my.*|many"}' }),
    ),
    get("/api/v1/series"),
    { path: "/api/v1/series?match[]=temp&match[]=gone" },
    { path: "/api/v1/labels?match[]=temp&match[]={" },
    ...[
      "http_requests_total",
      'rate(http_requests_total{instance="a:1"}[5m])',
      "nope",
      "1",
      '"a"',
      "sum(",
      "",
      "temp + gone",
    ].flatMap((query) => [
      get("/api/v1/query_exemplars", { query, ...window }),
      get("/api/v1/query_exemplars", { query, start: "5", end: "1" }),
      get("/api/v1/query_exemplars", { query, start: "x" }),
    ]),
  ];
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };

export function forms(): Ask[] {
  const post = (path: string, body: string, headers: Readonly<Record<string, string>> = FORM): Ask => ({
    path,
    method: "POST",
    body,
    headers,
  });
  return [
    post("/api/v1/query", "query=1%2B1&time=4"),
    post("/api/v1/query?time=5", "query=1%2B1&time=4"),
    post("/api/v1/query?query=7&time=5", "query=1%2B1"),
    post("/api/v1/query?query=7&time=5", "query=8", { "content-type": "text/plain" }),
    post("/api/v1/query?query=7&time=5", "query=8", { "content-type": "application/json" }),
    post("/api/v1/query", "query=8&time=4", { "content-type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8" }),
    post("/api/v1/query?query=7&time=5", "query=8", { "content-type": ";;;" }),
    post("/api/v1/query?time=4", "query=%zz"),
    post("/api/v1/query?time=4", "query=1;b=2"),
    post("/api/v1/query?time=4", "query=1 + 1"),
    post("/api/v1/query?time=4", "query=a%00b"),
    post("/api/v1/series?match[]=nope", "match[]=temp"),
    post("/api/v1/labels", "match%5B%5D=temp"),
    post("/api/v1/query_range", "query=1&start=1&end=2&step=1"),
    post("/api/v1/format_query", "query=1%2B1"),
    post("/api/v1/parse_query", "query=1%2B1"),
    ...["/api/v1/nope", "/api/v1/status", "/api/v1/label/foo", "/-/nope", "/api/v2/alerts"].flatMap((path) =>
      ["GET", "POST", "DELETE"].map((method) => ({ path, method })),
    ),
    ...["query", "labels", "rules", "alerts", "targets", "status/config", "write", "read"].map((path) => ({
      path: `/api/v1/${path}`,
      method: "DELETE",
    })),
  ];
}

export function rulesAndTargets(): Ask[] {
  const rules = ["", "type=alert", "type=record", "type=ALERT", "type=zz", "rule_name[]=Firing", "rule_name[]=nope"];
  const more = [
    "rule_group[]=one",
    "rule_group[]=one&rule_group[]=two",
    "file[]=nope",
    'match[]={severity="page"}',
    "match[]={",
  ];
  const odd = [
    "match[]=foo",
    'match[]={severity=""}',
    "exclude_alerts=true",
    "exclude_alerts=tRUE",
    "exclude_alerts=yes",
  ];
  const pages = [
    "group_limit=1",
    "group_limit=0",
    "group_limit=x",
    "group_limit=1.5",
    "group_next_token=a",
    "group_limit=2&rule_name[]=x",
  ];
  const together = [
    "group_limit=1&group_next_token=a",
    "type=zz&match[]={",
    "group_limit=1&type=alert&rule_name[]=Firing",
  ];
  const metadata = [
    "metric=app_temp",
    "metric=nope",
    "match_target={",
    'match_target={job="app"}',
    "limit=x",
    "limit=0",
  ];
  return [
    ...[...rules, ...more, ...odd, ...pages, ...together].map((query) => ({ path: `/api/v1/rules?${query}` })),
    { path: "/api/v1/alerts" },
    ...metadata.map((query) => ({ path: `/api/v1/targets/metadata?${query}` })),
    ...["", "state=active", "state=dropped", "state=ANY", "state=nope", "scrapePool=app", "scrapePool=nope"].map(
      (query) => ({
        path: `/api/v1/targets?${query}`,
      }),
    ),
    ...["scrape_pools", "alertmanagers", "notifications", "metadata?metric=app_temp"].map((path) => ({
      path: `/api/v1/${path}`,
    })),
  ];
}

const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

export function federation(): Ask[] {
  const match = { "match[]": '{__name__=~"now.*"}' };
  const accepts = ["", "text/plain", "text/plain;version=1.0.0;escaping=dots", "text/plain;escaping=values", PROTOBUF];
  const more = [
    "text/plain;escaping=allow-utf-8",
    "application/openmetrics-text;version=1.0.0",
    `${PROTOBUF};escaping=allow-utf-8`,
  ];
  return [
    ...[...accepts, ...more].map((accept) => get("/federate", match, { headers: { accept } })),
    ...["match[]=", "match[]={", "match[]=nope", "", "match[]=sum(up)"].map((query) => ({
      path: `/federate?${query}`,
    })),
  ];
}
