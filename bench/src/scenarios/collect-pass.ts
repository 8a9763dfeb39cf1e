/**
 * What one collection costs: all collectors that are on by default, processes and containers apart, over this machine's own
 * `/proc` and `/sys`, into a sink that takes what it gets. And whether an hour of them leaves memory as it was.
 */
import { builtinCollectors, createHostCollection, detectHostPaths, type HostCollection, openHost } from "@dmon/collect";
import { type BatchSink, SampleKind, systemClock } from "@dmon/model";
import { findPeer, missingPeer } from "../measure/peers.ts";
import { usageOf } from "../measure/process-usage.ts";
import { freePort, start } from "../measure/program.ts";
import type { Context, Row, Scenario } from "../scenario.ts";

const HOUR_PASSES = 3600;

export const collectPass: Scenario = {
  name: "collect-pass",
  summary:
    "CPU of one pass over the default collectors without processes and containers, and memory after an hour of passes",
  async run(context) {
    const host = openHost(detectHostPaths());
    const sink = new CountingSink();
    const collection = createHostCollection({
      host,
      factories: builtinCollectors.filter(({ job }) => job === undefined || job === "node"),
      instance: "bench",
      sink,
      clock: systemClock,
      log: { info() {}, warn: (_fields, message) => context.say(message) },
    });
    try {
      await warmUp(collection);
      const cpuMs = cpuOfPasses(collection, context.quick ? 500 : 2000);
      const growth = await growthOverHour(collection);
      return [
        { name: "collect-pass.cpu", value: cpuMs, unit: "ms", peer: await nodeExporterScrape(context) },
        { name: "collect-pass.series", value: sink.lastCount, unit: "series" },
        { name: "collect-pass.hour-growth", value: growth / 1e6, unit: "MB" },
      ];
    } finally {
      collection.close(Date.now());
      host.close();
    }
  },
};

class CountingSink implements BatchSink {
  lastCount = 0;
  define(): void {}
  undefine(): void {}
  setMetadata(): void {}
  appendBatch({ kinds, length }: Parameters<BatchSink["appendBatch"]>[0]): void {
    this.lastCount = 0;
    for (let slot = 0; slot < length; slot++) if (kinds[slot] === SampleKind.FLOAT) this.lastCount++;
  }
}

/** Long enough for the compiler to have seen the loops, with pauses for what collectors refresh in the background. */
async function warmUp(collection: HostCollection): Promise<void> {
  for (let pass = 0; pass < 300; pass++) {
    collection.collect(Date.now());
    if (pass % 100 === 0) await collection.settled();
  }
}

/** @returns ms of this thread's CPU a pass */
function cpuOfPasses(collection: HostCollection, passes: number): number {
  const before = process.threadCpuUsage();
  for (let pass = 0; pass < passes; pass++) collection.collect(Date.now());
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000 / passes;
}

/** @returns bytes of heap and buffers more after an hour of simulated seconds than before */
async function growthOverHour(collection: HostCollection): Promise<number> {
  const startMs = Date.now();
  const used = (): number => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers, external } = process.memoryUsage();
    return heapUsed + arrayBuffers + external;
  };
  for (let pass = -300; pass < 0; pass++) collection.collect(startMs + pass * 1000);
  await collection.settled();
  const before = used();
  for (let pass = 0; pass < HOUR_PASSES; pass++) collection.collect(startMs + pass * 1000);
  await collection.settled();
  return used() - before;
}

/** CPU of node_exporter for one scrape; undefined where it is not installed. */
async function nodeExporterScrape(context: Context): Promise<Row["peer"]> {
  const binary = findPeer("nodeExporter");
  if (binary === undefined) {
    context.say(missingPeer("nodeExporter"));
    return undefined;
  }
  const port = await freePort();
  const exporter = await start(binary, [`--web.listen-address=127.0.0.1:${port}`], port, "/metrics");
  try {
    const scrapes = context.quick ? 30 : 100;
    const scrape = async (): Promise<void> => void (await (await fetch(`${exporter.url}/metrics`)).arrayBuffer());
    for (let i = 0; i < 10; i++) await scrape();
    const before = usageOf(exporter.pid).cpuSeconds;
    for (let i = 0; i < scrapes; i++) await scrape();
    return { name: "node_exporter scrape", value: ((usageOf(exporter.pid).cpuSeconds - before) * 1000) / scrapes };
  } finally {
    await exporter.stop();
  }
}
