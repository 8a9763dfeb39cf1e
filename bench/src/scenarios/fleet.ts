/**
 * Queries over many series: an aggregated rate over 10,000 of them, and a regular expression over 10,000 values of a label, on
 * the same hour of data in the program and in Prometheus.
 */
import { join } from "node:path";
import { ask, cpuOf, type Parameters } from "../measure/ask.ts";
import { findPeer, missingPeer } from "../measure/peers.ts";
import { type Program, startDmon } from "../measure/program.ts";
import { startPrometheus } from "../measure/prometheus.ts";
import { RemoteWriteSender, type SeriesLabels } from "../remote-write/sender.ts";
import type { Context, Row, Scenario, Skip } from "../scenario.ts";

const SERIES = 10_000;
const STEP_MS = 15_000;
const HOUR_MS = 3_600_000;
const QUICK_MS = HOUR_MS / 2;

/** By the name of its row. A dashboard's panel, a rule's evaluation, and a matcher that no literal or prefix settles. */
const QUESTIONS: Readonly<Record<string, { readonly query: string; readonly isRange: boolean }>> = {
  "fleet.rate": { query: "sum by (handler) (rate(fleet_requests_total[5m]))", isRange: true },
  "fleet.rate-instant": { query: "sum by (handler) (rate(fleet_requests_total[5m]))", isRange: false },
  "fleet.regex": { query: 'count(fleet_requests_total{request=~"(?i)r-.*[02468]7.*"})', isRange: false },
};

export const fleet: Scenario = {
  name: "fleet",
  summary: "an aggregated rate over 10,000 series, a regular expression over 10,000 label values, beside Prometheus",
  async run(context) {
    const own = await measure(context, await startDmon(context.root, join(context.scratch, "data")));
    const binary = findPeer("prometheus");
    const peer =
      binary === undefined
        ? undefined
        : await measure(context, await startPrometheus(binary, join(context.scratch, "prometheus")));
    return Object.keys(QUESTIONS).flatMap((name): (Row | Skip)[] => {
      const row: Row = { name, value: own.cpuMs[name]!, unit: "ms" };
      if (peer === undefined) return [row, { name: `${name}-ratio`, skipped: missingPeer("prometheus") }];
      if (own.answers[name] !== peer.answers[name]) throw new Error(`${name}: the answers differ`);
      const theirs = peer.cpuMs[name]!;
      return [
        { ...row, peer: { name: "Prometheus", value: theirs } },
        { name: `${name}-ratio`, value: row.value / theirs, unit: "× Prometheus" },
      ];
    });
  },
};

interface Outcome {
  /** By row. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Results as text: series in the same order, numbers to nine digits. */
  readonly answers: Readonly<Record<string, string>>;
}

async function measure({ quick }: Context, program: Program): Promise<Outcome> {
  const series = Array.from({ length: SERIES }, (_, i) => labelsOf(i));
  const sender = new RemoteWriteSender(`${program.url}/api/v1/write`, program.headers, series);
  // The same hour for both, whenever they are measured.
  const endMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const rangeMs = quick ? QUICK_MS : HOUR_MS;
  try {
    for (let round = 0; round <= rangeMs / STEP_MS; round++) {
      await sender.round(endMs - rangeMs + round * STEP_MS, (i) => round * (1 + (i % 50)) + ((i * round) % 7));
    }
    const cpuMs: Record<string, number> = {};
    const answers: Record<string, string> = {};
    for (const [name, { query, isRange }] of Object.entries(QUESTIONS)) {
      const parameters: Parameters = isRange
        ? { query, start: String((endMs - rangeMs) / 1000), end: String(endMs / 1000), step: "15" }
        : { query, time: String(endMs / 1000) };
      const path = isRange ? "query_range" : "query";
      answers[name] = comparable(await ask(program, path, parameters));
      cpuMs[name] = await cpuOf(program, path, parameters, quick ? 5 : 12);
    }
    return { cpuMs, answers };
  } finally {
    sender.close();
    await program.stop();
  }
}

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

function comparable(text: string): string {
  const { result } = (JSON.parse(text) as { data: { result: readonly Result[] } }).data;
  return result
    .map(({ metric, value, values = value === undefined ? [] : [value] }) =>
      JSON.stringify([metric, values.map(([at, number]) => [at, Number(number).toPrecision(9)])]),
    )
    .sort()
    .join("\n");
}

function labelsOf(index: number): SeriesLabels {
  return [
    ["__name__", "fleet_requests_total"],
    ["handler", `/api/v1/resource/${index % 97}`],
    ["instance", `10.0.${index % 200}.1:9100`],
    ["job", "fleet"],
    ["request", `r-${(index * 7919) % 1_000_003}-x`],
  ];
}
