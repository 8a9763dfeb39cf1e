/** Classic histograms scraped by a real Prometheus and by us under `convert_classic_histograms_to_nhcb`: the series must agree. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type FloatHistogram, Labels, systemClock } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { findPrometheus, startPrometheus } from "../testing/prometheus-peer.ts";
import { ScrapedSink } from "../testing/scraped-sink.ts";
import { parsePrometheusConfig } from "./config-check.ts";
import { scrapeJobsOf } from "./prometheus-config.ts";
import { createScrapeManager } from "./scrape-manager.ts";

const binary = findPrometheus();
if (binary === undefined) console.log("skipped: no Prometheus (PROMETHEUS_BIN or PATH)");

const TEXT = "text/plain; version=0.0.4";
const OPEN_METRICS = "application/openmetrics-text; version=1.0.0";
const PROTOBUF =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; version=1.0.0";
const H = "# TYPE h histogram\n";

/** @param native with exponential buckets beside the classic ones */
function protobuf(native: boolean): Uint8Array {
  const family = new ProtoWriter()
    .string(1, "h")
    .varint(3, 4)
    .message(4, (metric) => {
      metric.message(1, (pair) => pair.string(1, "a").string(2, "x"));
      metric.message(7, (histogram) => {
        histogram.varint(1, 6).double(2, 9.5);
        histogram.message(3, (bucket) => bucket.varint(1, 2).double(2, 1));
        histogram.message(3, (bucket) => bucket.varint(1, 5).double(2, 2.5));
        if (!native) return;
        histogram.sint(5, 3).double(6, 0.001).varint(7, 1);
        histogram.message(12, (span) => span.sint(1, -1).varint(2, 2)).packedSint(13, [2, 1]);
      });
    })
    .finish();
  return Buffer.concat([new ProtoWriter().raw(family.length).finish(), family]);
}

/** Content type and body by path. Where Prometheus cuts histograms in two or mixes them (see `nhcb-parser.ts`) is left out. */
const PAGES: Readonly<Record<string, readonly [type: string, body: string | Uint8Array]>> = {
  "/full": [TEXT, `${H}h_bucket{le="1"} 1\nh_bucket{le="2"} 3\nh_bucket{le="+Inf"} 4\nh_sum 5\nh_count 4\na 1\n`],
  "/order": [
    TEXT,
    `${H}h_count{a="x"} 4\nh_sum{a="x"} 5\nh_bucket{a="x",le="2"} 3\nh_bucket{a="x",le="1"} 1\nh_count{a="y"} 4\nh_bucket{a="y",le="1"} 1\n`,
  ],
  "/no-count": [TEXT, `${H}h_bucket{le="1"} 1\nh_bucket{le="2"} 3\nh_sum 5\n`],
  "/only-count": [TEXT, `${H}h_count 5\n`],
  "/falling": [TEXT, `${H}h_bucket{le="1"} 4\nh_bucket{le="2"} 3\nh_sum 5\nh_count 4\nafter 1\n`],
  "/mismatch": [
    TEXT,
    `${H}h_bucket{le="+Inf"} 4\nh_count 7\n# TYPE k histogram\nk_bucket{le="1"} 1\nk_sum 1\nk_count 1\n`,
  ],
  "/fractions": [TEXT, `${H}h_bucket{le="1"} 1.5\nh_bucket{le="+Inf"} 4.5\nh_sum 5\nh_count 4.5\n`],
  "/untyped": [TEXT, 'h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 4\nh_sum 5\nh_count 4\n'],
  "/names": [TEXT, `${H}g_bucket{le="1"} 1\ng_sum 5\nh_bucket{le="+Inf"} 4\nh_count 4\nh_foo 1\n`],
  "/bounds": [
    TEXT,
    `${H}h_bucket{le="x"} 1\nh_bucket{le="NaN"} 1\nh_bucket 7\nh_bucket{le="+Inf"} 4\nh_sum 5\nh_count 4\n`,
  ],
  "/twice": [TEXT, `${H}h_bucket{le="1"} 1\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 4\nh_sum 5\nh_count 4\n`],
  "/negative": [TEXT, `${H}h_bucket{le="-1"} 1\nh_bucket{le="+Inf"} 4\nh_sum -5\nh_count 4\n`],
  "/negative-count": [TEXT, `${H}h_bucket{le="1"} -1\nh_bucket{le="+Inf"} 4\nh_sum 5\nh_count 4\n`],
  "/infinite": [TEXT, `${H}h_bucket{le="1"} +Inf\nh_bucket{le="+Inf"} +Inf\nh_sum 5\nh_count +Inf\n`],
  "/no-number": [TEXT, `${H}h_bucket{le="1"} NaN\nh_bucket{le="+Inf"} NaN\nh_sum 5\nh_count NaN\n`],
  "/minus-infinity": [TEXT, `${H}h_bucket{le="-Inf"} 0\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_count 2\n`],
  "/empty-buckets": [
    TEXT,
    `${H}${[0, 0, 0, 0, 2, 2, 3].map((n, i) => `h_bucket{le="${i}"} ${n}\n`).join("")}h_sum 5\nh_count 3\n# TYPE z gauge\nz 1\n`,
  ],
  "/gap": [TEXT, `${H}${[1, 1, 1, 1, 3].map((n, i) => `h_bucket{le="${i}"} ${n}\n`).join("")}h_count 3\n`],
  "/gap-fractions": [TEXT, `${H}${[1.5, 1.5, 3].map((n, i) => `h_bucket{le="${i}"} ${n}\n`).join("")}h_count 3\n`],
  "/stray-bound": [TEXT, `${H}h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 4\nh_sum{le="9"} 5\nh_count{le="7"} 4\n`],
  "/summary": [TEXT, '# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 1\ns_count 1\n'],
  "/quoted": [TEXT, '# TYPE "h.x" histogram\n{"h.x_bucket",le="1"} 1\n{"h.x_sum"} 5\n{"h.x_count"} 4\n'],
  "/openmetrics": [
    OPEN_METRICS,
    '# TYPE h histogram\nh_bucket{le="1.0"} 1 # {t="a"} 0.5\nh_bucket{le="+Inf"} 4 # {t="b"} 3\nh_sum 5\nh_count 4\n# EOF\n',
  ],
  "/gauge": [
    OPEN_METRICS,
    '# TYPE h gaugehistogram\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 4\nh_gsum 5\nh_gcount 4\n# EOF\n',
  ],
  "/protobuf": [PROTOBUF, protobuf(false)],
  "/protobuf-native": [PROTOBUF, protobuf(true)],
};

function config(port: number): string {
  const jobs = Object.keys(PAGES).flatMap((path) =>
    [false, true].map(
      (keep) =>
        `  - {job_name: "${path}${keep ? " kept" : ""}", metrics_path: "${path}", always_scrape_classic_histograms: ${keep}, static_configs: [{targets: ["127.0.0.1:${port}"]}]}`,
    ),
  );
  return `
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
${jobs.map((job) => job.replace("{job_name", "{convert_classic_histograms_to_nhcb: true, job_name")).join("\n")}
  - {job_name: limited, metrics_path: /empty-buckets, convert_classic_histograms_to_nhcb: true, native_histogram_bucket_limit: 3, static_configs: [{targets: ["127.0.0.1:${port}"]}]}
  - {job_name: over, metrics_path: /empty-buckets, convert_classic_histograms_to_nhcb: true, native_histogram_bucket_limit: 2, static_configs: [{targets: ["127.0.0.1:${port}"]}]}
  - {job_name: gap, metrics_path: /gap, convert_classic_histograms_to_nhcb: true, native_histogram_bucket_limit: 2, static_configs: [{targets: ["127.0.0.1:${port}"]}]}
  - {job_name: fraction, metrics_path: /gap-fractions, convert_classic_histograms_to_nhcb: true, native_histogram_bucket_limit: 2, static_configs: [{targets: ["127.0.0.1:${port}"]}]}
  - {job_name: left, metrics_path: /full, static_configs: [{targets: ["127.0.0.1:${port}"]}]}
`;
}

interface Vector {
  readonly data: {
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly value?: readonly [number, string];
      readonly histogram?: readonly [number, { count: string; sum: string; buckets?: readonly (number | string)[][] }];
    }[];
  };
}

const number = (text: string) => Number(text.replace("Inf", "Infinity"));

/** Count, sum, and the buckets that are not empty, by their upper bounds. */
function ours(value: number | "stale" | FloatHistogram | undefined): unknown {
  if (typeof value !== "object") return value;
  const { schema, count, sum, positiveBuckets, customValues } = value;
  if (schema !== -53) return { count, sum };
  const buckets = positiveBuckets.map((own, i) => [customValues[i] ?? Number.POSITIVE_INFINITY, own]);
  return { count, sum, buckets: buckets.filter(([, own]) => own !== 0) };
}

function theirs({ value, histogram, metric }: Vector["data"]["result"][number]): unknown {
  if (histogram === undefined) return number(value![1]);
  const { count, sum, buckets = [] } = histogram[1];
  if (metric.job!.startsWith("/protobuf-native")) return { count: number(count), sum: number(sum) };
  const own = buckets.map(([, , upper, n]) => [number(String(upper)), number(String(n))]);
  return { count: number(count), sum: number(sum), buckets: own };
}

describe.skipIf(binary === undefined)("beside a real Prometheus", () => {
  it("makes the same histograms of classic ones", async () => {
    const server = createServer((request, response) => {
      const [type, body] = PAGES[request.url ?? ""]!;
      response.setHeader("Content-Type", type).end(body);
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const text = config((server.address() as AddressInfo).port);
    const prometheus = await startPrometheus(binary!, text, ["--enable-feature=native-histograms"]);
    const sink = new ScrapedSink();
    let source = 0;
    const manager = createScrapeManager({
      sink,
      clock: systemClock,
      log: { warn() {} },
      allocateSource: () => ++source,
    });
    try {
      // Native histograms are a flag there, and a setting here.
      const own = text.replace("global: {", "global: {scrape_native_histograms: true, ");
      manager.apply(scrapeJobsOf(parsePrometheusConfig(own).config!));
      const jobs = 2 * Object.keys(PAGES).length + 5;
      const query = encodeURIComponent('{job!="",__name__!~"scrape_duration_seconds|scrape_series_added"}');
      const ask = async () => {
        const answer = (await (await fetch(`${prometheus.url}/api/v1/query?query=${query}`)).json()) as Vector;
        return answer.data.result;
      };
      // Its discovery begins after five seconds.
      let result = await ask();
      while (result.filter(({ metric }) => metric.__name__ === "up").length < jobs) {
        await new Promise((done) => setTimeout(done, 200));
        result = await ask();
      }
      const wanted = result.map((each) => [Labels.from(each.metric).toString(), theirs(each)]);
      const got = [...sink.samples]
        .filter(([series]) => !/^scrape_(duration|series)/.test(series))
        .map(([series, samples]) => [series, ours(samples.at(-1)!.value)]);
      expect(Object.fromEntries(got)).toEqual(Object.fromEntries(wanted));
    } finally {
      manager.stop();
      await prometheus.stop();
      server.closeAllConnections();
      server.close();
    }
  });
});
