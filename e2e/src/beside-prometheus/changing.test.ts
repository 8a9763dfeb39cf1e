/**
 * Targets that change, by a real Prometheus and by us: series that vanish, targets that fail and come back, targets that a file or
 * an HTTP discovery no longer names, discoveries that fail. What is there at the end of each phase must agree.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePrometheusConfig, scrapeJobsOf } from "../../../packages/collect/src/scrape/config.ts";
import { createScrapeManager, type ScrapeManager } from "../../../packages/collect/src/scrape/index.ts";
import {
  findPrometheus,
  type RunningPrometheus,
  startPrometheus,
} from "../../../packages/collect/src/testing/prometheus-peer.ts";
import { ScrapedSink } from "../../../packages/collect/src/testing/scraped-sink.ts";
import { Labels, systemClock } from "../../../packages/model/src/index.ts";

const binary = findPrometheus();
if (binary === undefined) console.warn("skipped: no Prometheus to compare with (PROMETHEUS_BIN or PATH)");

const LOOKBACK_MS = 300_000;
const OURS = "DevOpsMonitor";

interface Page {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

const page = (body: string): Page => ({ body });
const failing: Page = { status: 500, body: "" };
const timed = (name: string): string => `${name} 1 ${Date.now()}\n`;
/** What each path answers, phase by phase; the last stays. */
const PHASES: Readonly<Record<string, readonly (() => Page)[]>> = {
  "/vanishing": [
    () => page("a 1\nb 2\nc 3\n"),
    () => page("a 1\nc 4\n"),
    () => page("b 5\n"),
    () => page("a 6\nb 7\n"),
  ],
  "/failing": [() => page("a 1\nb 2\n"), () => failing, () => page("a 3\nd 1\n"), () => page("a 3\nd 1\n")],
  "/breaking": [() => page("a 1\nb 2\n"), () => page("a 1\nc 2\n}\n"), () => page("a 3\nb 4\n"), () => page("")],
  "/emptied": [() => page("a 1\n"), () => page(""), () => page("a 1\nb 2\n"), () => page("b 2\n")],
  "/timed": [() => page(timed("a") + timed("b")), () => page(timed("a")), () => failing, () => page("a 1\nb 2\n")],
  "/growing": [() => page("a 1\n"), () => page("a 1\nb 1\nc 1\n"), () => page("a 1\n"), () => page("c 1\n")],
  "/swapped": [() => page('a{x="1"} 1\n'), () => page('a{x="2"} 1\n'), () => page('a{x="1"} 1\n'), () => page("a 1\n")],
};
const PHASE_COUNT = 4;

describe.skipIf(binary === undefined)("changing targets beside a real Prometheus", () => {
  let dir: string;
  let server: Server;
  let address: string;
  let prometheus: RunningPrometheus;
  let manager: ScrapeManager;
  let phase = 0;
  /** Asks in this phase, by whose and path. */
  const asked = new Map<string, number>();
  const sink = new ScrapedSink();
  let discovery: (ours: boolean) => Page;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "dmon-changing-"));
    server = createServer((request, response) => {
      const path = request.url?.split("?")[0] ?? "";
      const ours = request.headers["user-agent"]?.startsWith(OURS) === true;
      const {
        status = 200,
        type = "text/plain; version=0.0.4",
        body,
      } = path === "/discovery" ? discovery(ours) : (PHASES[path]?.[phase] ?? (() => page("x 1\n")))();
      asked.set(`${ours} ${request.url}`, (asked.get(`${ours} ${request.url}`) ?? 0) + 1);
      response.writeHead(status, { "content-type": type }).end(body);
    }).listen(0, "127.0.0.1");
    await new Promise((ready) => server.once("listening", ready));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    discovery = () => found("one", "two");
    writeFileSync(join(dir, "sd.json"), JSON.stringify([{ targets: [address], labels: { from: "file" } }]));
    const file_sd_configs = [{ files: [join(dir, "*.json")], refresh_interval: "250ms" }];
    const http_sd_configs = [{ url: `http://${address}/discovery`, refresh_interval: "250ms" }];
    const jobs = [
      ...Object.keys(PHASES).map((path) => ({ job_name: path, metrics_path: path })),
      { job_name: "tracked", metrics_path: "/timed", params: { tracked: ["1"] }, track_timestamps_staleness: true },
      { job_name: "dishonoured", metrics_path: "/timed", params: { dishonoured: ["1"] }, honor_timestamps: false },
      { job_name: "limited", metrics_path: "/growing", params: { limited: ["1"] }, sample_limit: 2 },
    ].map((job) => ({ ...job, static_configs: [{ targets: [address] }] }));
    const config = JSON.stringify({
      global: { scrape_interval: "500ms", scrape_timeout: "500ms" },
      scrape_configs: [
        ...jobs,
        { job_name: "file", metrics_path: "/file", file_sd_configs },
        { job_name: "http", http_sd_configs },
      ],
    });
    prometheus = await startPrometheus(binary!, config, ["--scrape.discovery-reload-interval=100ms"]);
    let source = 0;
    const options = { sink, clock: systemClock, log: { warn() {} }, allocateSource: () => ++source, userAgent: OURS };
    manager = createScrapeManager(options);
    manager.apply(scrapeJobsOf(parsePrometheusConfig(config).config!));
  }, 60_000);
  afterAll(async () => {
    manager?.stop();
    server?.closeAllConnections();
    server?.close();
    await prometheus?.stop();
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  });

  function found(...names: readonly string[]): Page {
    const groups = names.map((name) => ({ targets: [address], labels: { name, __metrics_path__: `/${name}` } }));
    return { type: "application/json", body: JSON.stringify(groups) };
  }

  async function ask<T>(path: string): Promise<T> {
    return ((await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as { data: T }).data;
  }

  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; !(await holds()); i++) {
      if (i === 300) throw new Error(`gave up waiting for ${what}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** What an instant query sees of a job now, theirs and ours. */
  async function seen(job: string): Promise<[Record<string, number>, Record<string, number>]> {
    const atMs = Date.now();
    const query = `{job="${job}",__name__!~"scrape_duration_seconds|up"}`;
    const { result } = await ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
      `query?${new URLSearchParams({ query, time: String(atMs / 1000) })}`,
    );
    const theirs = Object.fromEntries(
      result.map(({ metric, value }) => [Labels.from(metric).toString(), Number(value[1])]),
    );
    const ours: Record<string, number> = {};
    for (const [series, samples] of sink.samples) {
      if (!series.includes(`job="${job}"`) || /^(?:scrape_duration_seconds|up)\{/.test(series)) continue;
      const last = samples.filter((sample) => sample.atMs <= atMs).at(-1);
      if (last !== undefined && typeof last.value === "number" && last.atMs > atMs - LOOKBACK_MS)
        ours[series] = last.value;
    }
    return [theirs, ours];
  }

  it.concurrent("ends and begins the same series in each phase, and counts the same as added", async () => {
    const urls = [...Object.keys(PHASES), "/timed?tracked=1", "/timed?dishonoured=1", "/growing?limited=1"];
    for (let next = 0; next < PHASE_COUNT; next++) {
      phase = next;
      for (const url of urls) for (const whose of ["true", "false"]) asked.delete(`${whose} ${url}`);
      await until(`two scrapes in phase ${phase}`, () =>
        urls.every((url) => (asked.get(`true ${url}`) ?? 0) >= 3 && (asked.get(`false ${url}`) ?? 0) >= 3),
      );
      for (const job of [...Object.keys(PHASES), "tracked", "dishonoured", "limited"]) {
        const [all, ours] = await seen(job);
        // On purpose (docs/from-prometheus.md): what stood before the fault of a page lives on in Prometheus.
        const isFaulty = phase === 1 && (job === "/breaking" || job === "limited");
        const theirs = isFaulty
          ? Object.fromEntries(Object.entries(all).filter(([series]) => series.startsWith("scrape_")))
          : all;
        expect({ phase, job, seen: ours }).toEqual({ phase, job, seen: theirs });
      }
    }
    for (const job of [...Object.keys(PHASES), "limited"]) {
      const query = `sum_over_time(scrape_series_added{job="${job}"}[10m])`;
      const { result } = await ask<{ result: { value: [number, string] }[] }>(
        `query?${new URLSearchParams({ query })}`,
      );
      const ours = [...sink.samples].find(
        ([series]) => series.startsWith("scrape_series_added") && series.includes(`job="${job}"`),
      );
      const sum = ours![1].reduce((all, { value }) => all + (value as number), 0);
      expect({ job, sum }).toEqual({ job, sum: Number(result[0]!.value[1]) });
    }
  }, 60_000);

  it.concurrent("follows files and HTTP, keeps what it knew where they fail, and ends what they no longer name", async () => {
    const targetsOf = (targets: readonly { labels: object; scrapePool: string }[], pool: string) =>
      targets
        .filter((one) => one.scrapePool === pool)
        .map((one) => JSON.stringify(one.labels))
        .sort();
    const both = async (pool: string) => {
      const theirs = await ask<{ activeTargets: { labels: object; scrapePool: string }[] }>("targets?state=active");
      return [targetsOf(theirs.activeTargets, pool), targetsOf(manager.targets(), pool)] as const;
    };
    const becomes = (pool: string, count: number) =>
      until(`${count} targets of ${pool}`, async () => (await both(pool)).every((targets) => targets.length === count));
    await becomes("http", 2);
    expect((await both("http"))[1]).toEqual((await both("http"))[0]);
    // Neither of these says anything of the targets.
    for (const bad of [
      failing,
      { ...found(), body: "[{" },
      { ...found("x"), type: "text/html" },
      { ...found(), body: '[{"target":["x"]}]' },
    ]) {
      discovery = () => bad;
      for (const whose of ["true", "false"]) asked.delete(`${whose} /discovery`);
      await until("two looks", () => ["true", "false"].every((whose) => (asked.get(`${whose} /discovery`) ?? 0) >= 2));
    }
    expect((await both("http")).map((targets) => targets.length)).toEqual([2, 2]);
    discovery = () => found("two", "three", "four");
    rmSync(join(dir, "sd.json"));
    await becomes("http", 3);
    await becomes("file", 0);
    expect((await both("http"))[1]).toEqual((await both("http"))[0]);
    const names = (series: Record<string, number>) =>
      Object.keys(series)
        .filter((one) => one.startsWith("x{"))
        .map((one) => /name="(\w+)"/.exec(one)?.[1] ?? one)
        .sort()
        .join();
    const becomesSeen = (job: string, expected: string) =>
      until(`${expected || "nothing"} of ${job}`, async () =>
        (await seen(job)).every((each) => names(each) === expected),
      );
    await becomesSeen("http", "four,three,two");
    await becomesSeen("file", "");
  }, 60_000);
});
