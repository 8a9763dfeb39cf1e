/** Rules after a start, by a real Prometheus and by us: alerts that go on from before, limits, offsets and labels of groups. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  findPrometheus,
  type RunningPrometheus,
  startPrometheus,
} from "../../../packages/collect/src/testing/prometheus-peer.ts";
import { packed, type WrittenSeries, writeRequestV1 } from "../../../packages/collect/src/testing/write-requests.ts";
import { type ServerProcess, startServerProcess, until } from "../support/server-process.ts";
import { differences } from "./compare.ts";

const binary = findPrometheus();
if (binary === undefined) console.warn("skipped: no Prometheus to compare with (PROMETHEUS_BIN or PATH)");

const MINUTE_MS = 60_000;

/** Alerts of before the start: minutes before it at which they were last told of and had begun, and whether they had ended. */
const BEFORE: readonly (readonly [name: string, lastMinutes: number, activeMinutes: number, ended?: boolean])[] = [
  // The oldest first: a store that is empty takes nothing older than an hour less.
  ["LongAgo", 90, 95],
  ["Fired", 5, 17],
  ["Pending", 5, 10],
  ["NearlyFired", 5, 14.6],
  ["Short", 5, 5.2],
  ["Ended", 5, 10, true],
  ["Offset", 5, 10],
];

const RULES = `
groups:
- name: restored
  interval: 1s
  rules:
${["Fired", "Pending", "NearlyFired", "LongAgo", "Ended"].map((name) => `  - {alert: ${name}, expr: vector(1), for: 10m, labels: {severity: page}}`).join("\n")}
  - {alert: Short, expr: vector(1), for: 30s, labels: {severity: page}}
  - {alert: AtOnce, expr: vector(1)}
- name: offset
  interval: 1s
  query_offset: 30s
  labels: {team: a, severity: ticket}
  rules:
  - {alert: Offset, expr: vector(1), for: 10m, labels: {severity: page}, annotations: {at: '{{ with query "time()" }}{{ . | first | value | printf "%.0f" | len }}{{ end }}'}}
  - {record: "at:time", expr: time()}
- name: limited
  interval: 1s
  limit: 1
  labels: {team: b}
  rules:
  - {record: "many", expr: 'label_replace(vector(1), "a", "1", "", "") or label_replace(vector(2), "a", "2", "", "")'}
  - {alert: Many, expr: 'label_replace(vector(1), "a", "1", "", "") or label_replace(vector(2), "a", "2", "", "")'}
  - {record: "one", expr: vector(1), labels: {team: "", more: x}}
  - {alert: AfterOne, expr: one == 1, keep_firing_for: 1m, annotations: {team: "{{ $labels.team }}{{ $labels.more }}"}}
  - {record: "same", expr: 'label_replace(vector(1), "team", "x", "", "") or vector(2)'}
`;

interface ShownAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: string;
  readonly activeAt: string;
}

describe.skipIf(binary === undefined)("rules beside a real Prometheus", () => {
  let dir: string;
  let prometheus: RunningPrometheus | undefined;
  let ours: ServerProcess | undefined;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "dmon-rules-"));
    for (const name of ["theirs", "ours"]) mkdirSync(join(dir, name));
    writeFileSync(join(dir, "rules.yml"), RULES);
    const startMs = Date.now();
    const body = new Blob([Buffer.from(packed(writeRequestV1(statesBefore(startMs))))]);
    const begin = async (config: string, rules: string) => {
      writeFileSync(join(dir, "dmon.yml"), `${config}\nlog: {level: error}\ncollect: {interval: 1h}\n${rules}`);
      return Promise.all([
        startPrometheus(
          binary!,
          config,
          [
            "--web.enable-remote-write-receiver",
            "--rules.alert.for-grace-period=1m",
            "--rules.alert.for-outage-tolerance=1h",
          ],
          join(dir, "theirs"),
        ),
        startServerProcess({ dataDir: join(dir, "ours"), args: ["--config", join(dir, "dmon.yml")] }),
      ]);
    };
    [prometheus, ours] = await begin("global: {}", "storage: {out_of_order_window: 3h}\n");
    for (const { url } of [prometheus, ours]) {
      const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
      const response = await fetch(`${url}/api/v1/write`, { method: "POST", body, headers });
      expect([response.status, await response.text()]).toEqual([204, ""]);
    }
    await Promise.all([prometheus.stop(), ours.stop()]);
    [prometheus, ours] = await begin(`rule_files: ["${dir}/rules.yml"]`, "rules: {for_grace_period: 1m}\n");
    // One alert of each group, twice: the groups begin at different moments.
    const query = 'count(count_over_time(ALERTS{alertname=~"AtOnce|Offset|AfterOne"}[2m]) > 1) == 3';
    for (const { url } of [prometheus, ours]) {
      await until("alerts that are told of", async () => {
        const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
        const { data } = (await response.json()) as { data: { result: unknown[] } };
        return data.result.length > 0 ? true : undefined;
      });
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all([prometheus?.stop(), ours?.stop()]);
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  });

  it("takes up alerts from before the start", async () => {
    const alertsOf = async (url: string) => {
      const { data } = (await (await fetch(`${url}/api/v1/alerts`)).json()) as { data: { alerts: ShownAlert[] } };
      return Object.fromEntries(
        data.alerts.map(({ labels, state, activeAt }) => [
          `${labels.alertname} ${labels.severity}`,
          { state, activeMinutes: Math.round((Date.now() - Date.parse(activeAt)) / 6000) / 10 },
        ]),
      );
    };
    const [theirs, got] = await Promise.all([alertsOf(prometheus!.url), alertsOf(ours!.url)]);
    expect(Object.keys(got).sort()).toEqual(Object.keys(theirs).sort());
    for (const [name, { state, activeMinutes }] of Object.entries(theirs)) {
      expect({ name, ...got[name] }).toEqual({ name, state, activeMinutes: expect.closeTo(activeMinutes, 0) });
    }
    expect(theirs["Fired page"]).toMatchObject({ state: "firing", activeMinutes: expect.closeTo(17, -0.3) });
  });

  it("shows and keeps the same of them", async () => {
    // Neither tells of alerts before the third evaluation of their group, of which `one` is from the first.
    const told =
      'min_over_time(timestamp(ALERTS{alertname="AfterOne"})[1m:1s]) - on () group_left () min_over_time(timestamp(one)[1m:1s]) >= bool 1.5';
    const time = String(Date.now() / 1000);
    const asks = [
      "/api/v1/rules",
      ...[
        "many",
        "one",
        "same",
        "ALERTS",
        'ALERTS{alertname="Many"}',
        told,
        "ALERTS_FOR_STATE < bool time() - 300",
      ].map((query) => `/api/v1/query?${new URLSearchParams({ query, time })}`),
      // The samples of a group with an offset stand earlier.
      `/api/v1/query?${new URLSearchParams({ query: "(abs(timestamp(at:time) - at:time) < bool 0.01) * (time() - timestamp(at:time) > bool 29)", time })}`,
      `/api/v1/query?${new URLSearchParams({ query: 'round(ALERTS_FOR_STATE{alertname="Offset"} - on () group_left () time(), 100)', time })}`,
    ];
    expect(
      await differences(
        prometheus!.url,
        ours!.url,
        asks.map((path) => ({ path })),
      ),
    ).toEqual([]);
  });
});

function statesBefore(startMs: number): WrittenSeries[] {
  return BEFORE.map(([alertname, lastMinutes, activeMinutes, ended]) => {
    const lastMs = startMs - lastMinutes * MINUTE_MS;
    const activeSeconds = Math.floor((startMs - activeMinutes * MINUTE_MS) / 1000);
    const team = alertname === "Offset" ? ([["team", "a"]] as const) : [];
    return {
      labels: [["__name__", "ALERTS_FOR_STATE"], ["alertname", alertname], ["severity", "page"], ...team] as const,
      samples: [[activeSeconds, lastMs - 15_000], ended ? ["stale", lastMs] : [activeSeconds, lastMs]] as const,
    };
  });
}
