/**
 * Remote write: how many samples a CPU second the program receives and keeps, and the same of Prometheus, fed the same
 * requests one after the other. Series, labels and changes are those of a small fleet; all CPU of the receiving process
 * counts, background work within the window and shortly after it too.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findPeer, missingPeer } from "../measure/peers.ts";
import { usageOf } from "../measure/process-usage.ts";
import { type Program, startDmon } from "../measure/program.ts";
import { startPrometheus } from "../measure/prometheus.ts";
import { busiest } from "../measure/window.ts";
import { RemoteWriteSender, type SeriesLabels } from "../remote-write/sender.ts";
import type { Context, Row, Scenario, Skip } from "../scenario.ts";

const SERIES = 10_660;
const STEP_MS = 15_000;
const WARM_UP_ROUNDS = 40;

export const ingest: Scenario = {
  name: "ingest",
  summary: "samples a CPU second over remote write (10,660 series, kept durably), beside Prometheus",
  async run(context) {
    const own = await measure(context, await startDmon(context.root, join(context.scratch, "data")));
    const rate: Row = { name: "ingest.rate", value: own, unit: "samples/CPU s" };
    const binary = findPeer("prometheus");
    if (binary === undefined)
      return [rate, { name: "ingest.ratio", skipped: missingPeer("prometheus") } satisfies Skip];
    const peer = await measure(context, await startPrometheus(binary, join(context.scratch, "prometheus")));
    return [
      { ...rate, peer: { name: "Prometheus", value: peer } },
      { name: "ingest.ratio", value: own / peer, unit: "× Prometheus" },
    ];
  },
};

/** Feeds the program, stops it, and answers samples a CPU second. */
async function measure(context: Context, program: Program): Promise<number> {
  const series = Array.from({ length: SERIES }, (_, i) => labelsOf(i));
  const sender = new RemoteWriteSender(`${program.url}/api/v1/write`, program.headers, series);
  const rounds = context.quick ? 100 : 300;
  try {
    const endMs = Math.floor(Date.now() / STEP_MS) * STEP_MS;
    const send = async (round: number): Promise<void> => {
      await sender.round(endMs - (WARM_UP_ROUNDS + rounds - round) * STEP_MS, (i) => sampleOf(i, round));
    };
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await send(round);
    const before = usageOf(program.pid);
    for (let round = 0; round < rounds; round++) await send(WARM_UP_ROUNDS + round);
    await sleep(2000);
    const after = usageOf(program.pid);
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    context.say(`of the CPU used: ${busiest(before, after, cpuSeconds)}`);
    return (SERIES * rounds) / cpuSeconds;
  } finally {
    sender.close();
    await program.stop();
  }
}

/** Eight labels, as a scraped exporter's series have. */
function labelsOf(index: number): SeriesLabels {
  const instance = Math.floor(index / 533);
  return [
    ["__name__", `bench_${["requests", "errors", "bytes", "seconds"][index % 4]}_${index % 41}_total`],
    ["cluster", "eu-west-1"],
    ["code", String(200 + (index % 5))],
    ["env", "production"],
    ["handler", `/api/v1/resource/${index % 97}`],
    ["instance", `10.0.${instance >> 4}.${instance & 15}:9100`],
    ["job", "bench"],
    ["series", String(index)],
  ];
}

/** A third stands still, a third counts by whole numbers, a third is a decimal that wanders. */
function sampleOf(series: number, round: number): number {
  if (series % 3 === 0) return series;
  if (series % 3 === 1) return round * (series % 17) + Math.floor((round * series) / 7);
  return Math.round((50 + 40 * Math.sin(series + round / 10)) * 100) / 100;
}
