/**
 * What one collection costs: all collectors that are on by default, processes and containers apart, over this machine's own
 * `/proc` and `/sys`, into a sink that takes what it gets. And whether an hour of them leaves memory as it was.
 */
import { builtinCollectors } from "@dmon/collect";
import { measureCollection } from "../../../packages/collect/src/testing/bench.ts";
import { findPeer, missingPeer } from "../measure/peers.ts";
import { usageOf } from "../measure/process-usage.ts";
import { freePort, start } from "../measure/program.ts";
import type { Context, Row, Scenario } from "../scenario.ts";

export const collectPass: Scenario = {
  name: "collect-pass",
  summary:
    "CPU of one pass over the default collectors without processes and containers, and memory after an hour of passes",
  async run(context) {
    const factories = builtinCollectors.filter(({ job }) => job === undefined || job === "node");
    const cost = await measureCollection({ factories, passes: 3600 });
    return [
      { name: "collect-pass.cpu", value: cost.cpuMsPerPass, unit: "ms", peer: await nodeExporterScrape(context) },
      { name: "collect-pass.series", value: cost.series, unit: "series" },
      { name: "collect-pass.hour-growth", value: cost.heapGrowthBytes / 1e6, unit: "MB" },
    ];
  },
};

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
