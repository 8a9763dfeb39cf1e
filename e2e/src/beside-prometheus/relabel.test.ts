/** Random relabelling by a real Prometheus and by us: which targets there are, which were dropped, and what becomes of samples. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePrometheusConfig } from "../../../packages/collect/src/scrape/config-check.ts";
import { scrapeJobsOf } from "../../../packages/collect/src/scrape/prometheus-config.ts";
import { createScrapeManager, type ScrapeManager } from "../../../packages/collect/src/scrape/scrape-manager.ts";
import {
  findPrometheus,
  type RunningPrometheus,
  startPrometheus,
} from "../../../packages/collect/src/testing/prometheus-peer.ts";
import { ScrapedSink } from "../../../packages/collect/src/testing/scraped-sink.ts";
import { Labels, systemClock } from "../../../packages/model/src/index.ts";
import { GROUPS, PAGE, randomOf, randomRules, SAMPLE_WORLD, TARGET_WORLD } from "./relabel-cases.ts";

const binary = findPrometheus();
if (binary === undefined) console.warn("skipped: no Prometheus to compare with (PROMETHEUS_BIN or PATH)");

const SEED = Number(process.env.RELABEL_SEED ?? 1);
const JOBS = Number(process.env.RELABEL_JOBS ?? 120);
const SAMPLE_JOBS = Math.ceil(JOBS / 3);

interface Targets {
  readonly activeTargets: readonly Record<string, unknown>[];
  readonly droppedTargets: readonly Record<string, unknown>[];
  readonly droppedTargetCounts: Record<string, number>;
}

describe.skipIf(binary === undefined)(`relabelling beside a real Prometheus (seed ${SEED})`, () => {
  let target: Server;
  let prometheus: RunningPrometheus;
  let manager: ScrapeManager;
  const sink = new ScrapedSink();
  const rules = new Map<string, unknown>();

  beforeAll(async () => {
    target = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(PAGE);
    }).listen(0, "127.0.0.1");
    await new Promise((ready) => target.once("listening", ready));
    const random = randomOf(SEED);
    const jobs = [
      // Never scraped while the test runs: only what they are counts.
      ...Array.from({ length: JOBS }, (_, i) => ({
        job_name: `t${i}`,
        scrape_interval: "10h",
        params: { module: ["m 1", "m2"], y: ["&"] },
        static_configs: GROUPS,
        relabel_configs: randomRules(random, TARGET_WORLD),
      })),
      ...Array.from({ length: SAMPLE_JOBS }, (_, i) => ({
        job_name: `m${i}`,
        scrape_interval: "1s",
        honor_labels: i % 2 === 0,
        static_configs: [
          { targets: [`127.0.0.1:${(target.address() as AddressInfo).port}`], labels: { env: "target" } },
        ],
        metric_relabel_configs: randomRules(random, SAMPLE_WORLD),
      })),
    ];
    for (const one of jobs)
      rules.set(one.job_name, "relabel_configs" in one ? one.relabel_configs : one.metric_relabel_configs);
    const config = JSON.stringify({ scrape_configs: jobs });
    prometheus = await startPrometheus(binary!, config, ["--scrape.discovery-reload-interval=100ms"]);
    let source = 0;
    const log = { warn() {} };
    manager = createScrapeManager({ sink, clock: systemClock, log, allocateSource: () => ++source });
    manager.apply(scrapeJobsOf(parsePrometheusConfig(config).config!));
  }, 60_000);
  afterAll(async () => {
    manager?.stop();
    target?.closeAllConnections();
    target?.close();
    await prometheus?.stop();
  });

  async function ask<T>(path: string): Promise<T> {
    return ((await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as { data: T }).data;
  }

  /** A line for each part of a target in which the two differ, with the rules that made it. */
  function apart(theirs: Targets, ours: Targets): string[] {
    const [wanted, got] = [parts(theirs), parts(ours)];
    return [...new Set([...wanted.keys(), ...got.keys()])]
      .filter((key) => wanted.get(key) !== got.get(key))
      .map((key) => {
        const its = JSON.stringify(rules.get(key.split(" ")[0]!));
        return `${key}\n  theirs ${wanted.get(key)}\n  ours   ${got.get(key)}\n  ${its}`;
      });
  }

  it("makes the same targets", async () => {
    const ours = { activeTargets: manager.targets(), droppedTargets: manager.droppedTargets() } as unknown as Targets;
    // Theirs come pool by pool.
    const lines = await settled(async () => apart(await ask<Targets>("targets"), ours));
    expect(lines).toEqual([]);
    expect(manager.droppedTargetCounts()).toEqual((await ask<Targets>("targets")).droppedTargetCounts);
  }, 30_000);

  it("makes the same series", async () => {
    type Vector = { result: { metric: Record<string, string>; value: [number, string] }[] };
    const scrapes = encodeURIComponent('count_over_time(up{env="target"}[1m]) >= 3');
    const ourScrapes = () =>
      [...sink.samples].filter(([series, { length }]) => series.startsWith("up{") && length >= 3).length;
    for (let i = 0; i < 200; i++) {
      const { result } = await ask<Vector>(`query?query=${scrapes}`);
      if (result.length >= SAMPLE_JOBS && ourScrapes() >= SAMPLE_JOBS) break;
      await new Promise((done) => setTimeout(done, 100));
    }
    const { result } = await ask<Vector>(
      `query?query=${encodeURIComponent('{__name__!="scrape_duration_seconds",__name__=~".+"}')}`,
    );
    const number = (value: string) => Number(value.replace("Inf", "Infinity"));
    const theirs = new Map(
      result.map(({ metric, value }) => [Labels.from(metric).toString(), String(number(value[1]))]),
    );
    const ours = new Map(
      [...sink.samples]
        .filter(([series]) => !series.startsWith("scrape_duration_seconds"))
        .map(([series, samples]) => [series, String(samples.at(-1)!.value)]),
    );
    const differing = [...new Set([...theirs.keys(), ...ours.keys()])]
      .filter((series) => theirs.get(series) !== ours.get(series))
      .map((series) => {
        const its = JSON.stringify(rules.get(/job="(m\d+)"/.exec(series)?.[1] ?? ""));
        return `${series}\n  theirs ${theirs.get(series)}\n  ours   ${ours.get(series)}\n  ${its}`;
      });
    expect(differing).toEqual([]);
  }, 30_000);
});

/** Asks until there is nothing to say, ten seconds at most. */
async function settled(ask: () => Promise<string[]>): Promise<string[]> {
  for (let i = 0; ; i++) {
    const lines = await ask();
    if (lines.length === 0 || i === 100) return lines;
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Every part of every target, by job, discovered address and name of the part. */
function parts({
  activeTargets,
  droppedTargets,
}: Pick<Targets, "activeTargets" | "droppedTargets">): Map<string, string> {
  const found = new Map<string, string>();
  const put = (one: Record<string, unknown>, names: readonly string[]) => {
    const { __address__: address } = one.discoveredLabels as Record<string, string>;
    for (const name of names) {
      found.set(`${one.scrapePool} ${address} ${name}`, JSON.stringify(sorted(one[name])));
    }
  };
  const shown = ["discoveredLabels", "labels", "scrapeUrl", "scrapeInterval", "scrapeTimeout"];
  for (const one of activeTargets) if (!String(one.scrapePool).startsWith("m")) put(one, shown);
  for (const one of droppedTargets) put({ ...one, dropped: true }, ["dropped", "discoveredLabels"]);
  return found;
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
