/**
 * A month of 500 series, kept raw: what a dashboard over 30 days costs from the tiers, and whether the program keeps its
 * seconds while somebody asks what no tier can answer.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, cpuOf, type Parameters } from "../measure/ask.ts";
import { madeUpHosts, writeHistory } from "../measure/history.ts";
import { watchLive } from "../measure/live.ts";
import { usageOf } from "../measure/process-usage.ts";
import { type Program, startDmon } from "../measure/program.ts";
import type { Context, Row, Scenario } from "../scenario.ts";

const HOSTS = 20;
const SERIES_OF_HOST = 25;
const DAYS = 30;
/** The engine says its delays each 15 s, the main thread takes them over each 5 s. */
const STATS_MS = 21_000;

const CONFIG = `storage: { retention: { raw: ${DAYS + 5}d } }
rule_files: [rules.yml]
`;
const RULES = `groups:
  - name: every-second
    interval: 1s
    rules:
      - { record: bench:load, expr: node_load1 }
      - { record: bench:cpu, expr: "sum by (mode) (rate(node_cpu_seconds_total[1m]))" }
      - { alert: Loaded, expr: node_load1 >= 0 }
`;

export const month: Scenario = {
  name: "month",
  summary: "30 days of 500 series: a dashboard from the tiers, and a query of raw samples that must delay nobody",
  async prepare(context) {
    const stepMs = context.quick ? 120_000 : 15_000;
    context.say(`writing ${DAYS} days of ${HOSTS * SERIES_OF_HOST} series, a sample each ${stepMs / 1000} s`);
    writeHistory(dataOf(context), { hosts: madeUpHosts(HOSTS, SERIES_OF_HOST), days: DAYS, stepMs });
    writeFileSync(join(context.scratch, "dmon.yml"), CONFIG);
    writeFileSync(join(context.scratch, "rules.yml"), RULES);
  },
  async run(context) {
    const program = await startDmon(context.root, dataOf(context), ["--config", join(context.scratch, "dmon.yml")]);
    try {
      return await measure(program, context.quick);
    } finally {
      await program.stop();
    }
  },
};

function dataOf({ scratch }: Context): string {
  return join(scratch, "data");
}

function rangeOf(query: string): Parameters {
  const end = Math.floor(Date.now() / 3_600_000) * 3600;
  return { query, start: String(end - DAYS * 86_400), end: String(end), step: "3600" };
}

/** Panels of a host and of all, as Grafana asks for them over 30 days: a point an hour. */
async function fromTiers(program: Program): Promise<readonly Row[]> {
  const counters = rangeOf('sum by (part) (rate(history_requests_total{instance="host-7"}[1h]))');
  const gauges = rangeOf("avg by (instance) (history_temperature)");
  return [
    {
      name: "month.tier-1m",
      value: await cpuOf(program, "query_range", counters, 10),
      unit: "ms",
      note: "13 counters",
    },
    { name: "month.tier-1h", value: await cpuOf(program, "query_range", gauges, 10), unit: "ms", note: "240 gauges" },
  ];
}

/** The tiers first: what compiles the engine's code for queries would delay others in a way that only a fresh program does. */
async function measure(program: Program, quick: boolean): Promise<readonly Row[]> {
  const tiers = await fromTiers(program);
  const fromMs = performance.now();
  const raw = await fromRaw(program, quick);
  await sleep(STATS_MS);
  const delays = await longestDelays(program, (performance.now() - fromMs) / 1000);
  return [
    ...tiers,
    ...raw,
    { name: "month.commit-delay", value: delays.commitMs, unit: "ms", note: "from a collection to its commit" },
    { name: "month.rule-delay", value: delays.ruleMs, unit: "ms", note: "from a group's second to its end" },
  ];
}

async function fromRaw(program: Program, quick: boolean): Promise<readonly Row[]> {
  const live = await watchLive(program, "node_load1");
  let residentBytes = 0;
  const memory = setInterval(() => {
    residentBytes = Math.max(residentBytes, usageOf(program.pid).residentBytes);
  }, 100);
  const startedMs = performance.now();
  const cpuBefore = usageOf(program.pid).cpuSeconds;
  try {
    const query = `quantile_over_time(0.9, {job="history"}[${DAYS}d])`;
    do {
      await expectSeries(ask(program, "query", { query, time: String(Date.now() / 1000) }));
      await expectSeries(ask(program, "query_range", rangeOf('quantile_over_time(0.9, {job="history"}[1h])')));
    } while (performance.now() - startedMs < (quick ? 4000 : 15_000));
  } finally {
    clearInterval(memory);
  }
  const cpuMs = (usageOf(program.pid).cpuSeconds - cpuBefore) * 1000;
  const seconds = (performance.now() - startedMs) / 1000;
  const { frames, longestMs } = live.take();
  live.close();
  const missing = Math.max(0, Math.floor(seconds) - 1 - frames);
  return [
    { name: "month.query", value: cpuMs, unit: "ms", note: `${seconds.toFixed(1)} s of raw queries` },
    { name: "month.frame-delay", value: longestMs, unit: "ms", note: "from a collection to its frame" },
    { name: "month.frames-missing", value: missing, unit: "frames" },
    { name: "month.rss", value: residentBytes / 2 ** 20, unit: "MiB", note: "most seen" },
  ];
}

async function expectSeries(answer: Promise<string>): Promise<void> {
  const { result } = (JSON.parse(await answer) as { data: { result: readonly unknown[] } }).data;
  if (result.length !== HOSTS * SERIES_OF_HOST) throw new Error(`${result.length} series of a raw query`);
}

async function longestDelays(program: Program, seconds: number): Promise<{ commitMs: number; ruleMs: number }> {
  const longest = async (metric: string): Promise<number> => {
    const query = `max_over_time(${metric}[${Math.ceil(seconds)}s])`;
    const text = await ask(program, "query", { query, time: String(Date.now() / 1000) });
    const [one] = (JSON.parse(text) as { data: { result: readonly { value: readonly [number, string] }[] } }).data
      .result;
    if (one === undefined) throw new Error(`${metric} has no sample`);
    return Number(one.value[1]) * 1000;
  };
  return { commitMs: await longest("dmon_commit_delay_seconds"), ruleMs: await longest("dmon_rule_delay_seconds") };
}
