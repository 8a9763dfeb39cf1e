/**
 * What one collection costs: all collectors that are on by default, processes and containers apart, over this machine's own
 * `/proc` and `/sys`, into a sink that takes what it gets. And whether an hour of them leaves memory as it was.
 *
 * A machine as small as most of those that run this has some 450 series. So that there are a thousand and more, which the
 * budget is for, it gets more network interfaces meanwhile: its own kernel answers for each of them.
 */
import { join } from "node:path";
import { builtinCollectors } from "@dmon/collect";
import { messageOf } from "@dmon/model";
import {
  type CollectionCost,
  type CostOptions,
  measureCollection,
} from "../../../packages/collect/src/testing/bench.ts";
import { unpackTree } from "../../../packages/collect/src/testing/tree.ts";
import { runAmongInterfaces } from "../measure/interfaces.ts";
import { findPeer, missingPeer } from "../measure/peers.ts";
import { usageOf } from "../measure/process-usage.ts";
import { freePort, start } from "../measure/program.ts";
import type { Context, Row, Scenario, Skip } from "../scenario.ts";

/** 35 series an interface. */
const INTERFACE_PAIRS = 10;
const WANTED_SERIES = 1000;
const WINDOWS = 3;
const WARM_UP_PASSES = 600;

export const collectPass: Scenario = {
  name: "collect-pass",
  summary:
    "CPU of one pass over the default collectors without processes and containers, and memory after an hour of passes",
  async run(context) {
    const passes = context.quick ? 1800 : 3600;
    const hour = await measureCollection({ factories: hostFactories(), passes: 3600 });
    return [
      ...manySeries(context, passes),
      {
        name: "collect-pass.small",
        value: hour.cpuMsPerPass,
        unit: "ms",
        note: `${hour.series} series`,
        peer: await nodeExporterScrape(context),
      },
      await storageServer(context.root, passes),
      { name: "collect-pass.hour-growth", value: hour.heapGrowthBytes / 1e6, unit: "MB" },
    ];
  },
};

function hostFactories(): NonNullable<CostOptions["factories"]> {
  return builtinCollectors.filter(({ job }) => job === undefined || job === "node");
}

/** This machine with more interfaces, or why it cannot have them. */
function manySeries({ say }: Context, passes: number): (Row | Skip)[] {
  const name = "collect-pass.cpu";
  try {
    const printed = runAmongInterfaces(INTERFACE_PAIRS, import.meta.filename, [String(passes)]);
    const { cpuMsPerPass: value, series, floorCpuMsPerPass: floor } = JSON.parse(printed) as CollectionCost;
    if (series < WANTED_SERIES) throw new Error(`only ${series} series, of which there should be ${WANTED_SERIES}`);
    const note = `${series} series; ${floor.toFixed(2)} ms of it the kernel's for 18 files`;
    return [{ name, value, unit: "ms", note }];
  } catch (error) {
    say(`no more network interfaces here: ${messageOf(error)}`);
    return [{ name, skipped: "needs a network namespace (root, unshare, ip)" }];
  }
}

/** The machine with the most different things in it, from files that do not change. */
async function storageServer(root: string, passes: number): Promise<Row> {
  using paths = unpackTree(join(root, "packages/collect/fixtures/storage-server.tree"));
  const cost = await leastOf({ factories: hostFactories(), passes, paths });
  return { name: "collect-pass.storage-server", value: cost.cpuMsPerPass, unit: "ms", note: `${cost.series} series` };
}

/** The cheapest of some windows: what else the machine does only adds. */
async function leastOf(options: CostOptions & { readonly passes: number }): Promise<CollectionCost> {
  const costs: CollectionCost[] = [];
  for (let i = 0; i < WINDOWS; i++) {
    const warmUpPasses = i === 0 ? WARM_UP_PASSES : WARM_UP_PASSES / 6;
    costs.push(await measureCollection({ ...options, warmUpPasses, passes: Math.ceil(options.passes / WINDOWS) }));
  }
  return costs.reduce((least, cost) => (cost.cpuMsPerPass < least.cpuMsPerPass ? cost : least));
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

// In a process of its own, among more interfaces than this machine has.
if (import.meta.main) {
  console.log(JSON.stringify(await leastOf({ factories: hostFactories(), passes: Number(process.argv[2]) })));
}
