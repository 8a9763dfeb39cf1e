/**
 * What a person's favourite dashboard costs: all expressions of "Node Exporter Full" as range queries over an hour, on the
 * same data in the program and in Prometheus. The data is a capture of node_exporter, made to move, sent by remote write.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findPeer, missingPeer } from "../measure/peers.ts";
import { usageOf } from "../measure/process-usage.ts";
import { type Program, startDmon } from "../measure/program.ts";
import { startPrometheus } from "../measure/prometheus.ts";
import { busiest } from "../measure/window.ts";
import { type CapturedSeries, readCapture, valueAt } from "../remote-write/capture.ts";
import { RemoteWriteSender } from "../remote-write/sender.ts";
import type { Context, Row, Scenario } from "../scenario.ts";

const STEP_MS = 15_000;
const ROUNDS = 240;
const TARGET = { instance: "localhost:9100", job: "node" };
const VARIABLES: Readonly<Record<string, string>> = {
  $node: TARGET.instance,
  $job: TARGET.job,
  $__rate_interval: "1m",
};

export const promql: Scenario = {
  name: "promql",
  summary: "CPU of the expressions of Node Exporter Full as range queries over an hour, beside Prometheus",
  async run(context) {
    const folder = join(context.root, "../shared/conformance");
    if (!existsSync(folder)) {
      const skipped = `the dashboard and the capture are not there (${folder})`;
      return ["promql.dashboard", "promql.dashboard-ratio"].map((name) => ({ name, skipped }));
    }
    const capture = readFileSync(join(folder, "exposition/node_exporter-1.11.1-live.txt"), "utf8");
    const series = readCapture(capture, TARGET);
    const expressions = readFileSync(join(folder, "dashboards/node-exporter-full-exprs.txt"), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((text) => text.replace(/\$\w+/g, (name) => VARIABLES[name] ?? name));
    const own = await measure(
      context,
      await startDmon(context.root, join(context.scratch, "data")),
      series,
      expressions,
    );
    const row: Row = { name: "promql.dashboard", value: own.cpuMs, unit: "ms", note: `${own.answered} with data` };
    const binary = findPeer("prometheus");
    if (binary === undefined) return [row, { name: "promql.dashboard-ratio", skipped: missingPeer("prometheus") }];
    const prometheus = await startPrometheus(binary, join(context.scratch, "prometheus"));
    const peer = await measure(context, prometheus, series, expressions);
    if (peer.answered !== own.answered) {
      throw new Error(`${own.answered} expressions have data here, ${peer.answered} in Prometheus`);
    }
    return [
      { ...row, peer: { name: "Prometheus", value: peer.cpuMs } },
      { name: "promql.dashboard-ratio", value: own.cpuMs / peer.cpuMs, unit: "× Prometheus" },
    ];
  },
};

interface Outcome {
  /** CPU of the whole process for all expressions once, ms. */
  readonly cpuMs: number;
  /** Expressions whose answer holds at least one series. */
  readonly answered: number;
}

async function measure(
  context: Context,
  program: Program,
  series: readonly CapturedSeries[],
  expressions: readonly string[],
): Promise<Outcome> {
  const sender = new RemoteWriteSender(
    `${program.url}/api/v1/write`,
    program.headers,
    series.map(({ labels }) => labels),
  );
  try {
    const endMs = Math.floor(Date.now() / STEP_MS) * STEP_MS;
    for (let round = 1; round <= ROUNDS; round++) {
      await sender.round(endMs - (ROUNDS - round) * STEP_MS, (i) => valueAt(series[i]!, i, round));
    }
    const ask = async (): Promise<number> => {
      let answered = 0;
      for (const query of expressions) if (await hasData(program.url, query, endMs)) answered++;
      return answered;
    };
    const answered = await ask();
    if (!context.quick) await ask();
    const passes = context.quick ? 2 : 5;
    const before = usageOf(program.pid);
    for (let pass = 0; pass < passes; pass++) await ask();
    const after = usageOf(program.pid);
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    context.say(`of the CPU used: ${busiest(before, after, cpuSeconds)}`);
    return { cpuMs: (cpuSeconds * 1000) / passes, answered };
  } finally {
    sender.close();
    await program.stop();
  }
}

async function hasData(url: string, query: string, endMs: number): Promise<boolean> {
  const range = { start: String(endMs / 1000 - 3600), end: String(endMs / 1000), step: "15" };
  const response = await fetch(`${url}/api/v1/query_range?${new URLSearchParams({ query, ...range })}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${query}: ${response.status} ${text.slice(0, 300)}`);
  return !text.includes('"result":[]');
}
