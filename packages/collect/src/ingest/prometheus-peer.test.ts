import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Labels, SampleColumns, SampleKind, systemClock } from "@dmon/model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prometheusConfigSchema, scrapeJobsOf } from "../scrape/prometheus-config.ts";
import { createScrapeManager } from "../scrape/scrape-manager.ts";
import { MemoryAppender } from "../testing/memory-appender.ts";
import { findPrometheus, type RunningPrometheus, startPrometheus } from "../testing/prometheus-peer.ts";
import { ScrapedSink } from "../testing/scraped-sink.ts";
import {
  decodeReadRequest,
  READ_CHUNKS_HEADERS,
  READ_SAMPLES_HEADERS,
  ReadChunksAnswer,
  ReadSamplesAnswer,
} from "./remote-read.ts";
import { RemoteWriteReceiver } from "./remote-write.ts";
import { negotiateWrite } from "./remote-write-headers.ts";

const binary = findPrometheus();
if (binary === undefined) console.log("skipped: no Prometheus (PROMETHEUS_BIN or PATH)");

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** 200 samples of one series that only the remote side has. */
function remoteSeries(): SampleColumns {
  const columns = new SampleColumns();
  columns.reserve(200);
  const endMs = Date.now();
  for (let i = 0; i < 200; i++) {
    columns.timesMs[i] = endMs - (200 - i) * 1000;
    columns.values[i] = i * 1.25;
    columns.kinds[i] = SampleKind.FLOAT;
  }
  columns.length = 200;
  return columns;
}

describe.skipIf(binary === undefined)("beside a real Prometheus", () => {
  const stores = { "/v1": new MemoryAppender(), "/v2": new MemoryAppender() };
  const receivers = { "/v1": new RemoteWriteReceiver(stores["/v1"]), "/v2": new RemoteWriteReceiver(stores["/v2"]) };
  const statuses: number[] = [];
  let server: Server;
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const body = await bodyOf(request);
      if (request.url?.startsWith("/read")) {
        const { queries, form } = decodeReadRequest(body);
        const labels = Labels.from({ __name__: "only_remote", form });
        if (form === "samples" || request.url === "/read-samples") {
          const answer = new ReadSamplesAnswer();
          for (const _ of queries) {
            answer.addSeries(labels, remoteSeries());
            answer.endQuery();
          }
          response.writeHead(200, READ_SAMPLES_HEADERS).end(answer.finish());
          return;
        }
        const answer = new ReadChunksAnswer();
        response.writeHead(200, READ_CHUNKS_HEADERS);
        for (const _ of queries) {
          for (const frame of answer.series(labels, remoteSeries())) response.write(frame);
          answer.endQuery();
        }
        response.end();
        return;
      }
      const { "content-type": type, "content-encoding": encoding } = request.headers;
      const negotiated = negotiateWrite(type, encoding);
      const receiver = receivers[request.url as "/v1" | "/v2"];
      if (!negotiated.ok) {
        response.writeHead(negotiated.status).end(negotiated.text);
        return;
      }
      const answer = receiver.receive(body, negotiated.protocol);
      statuses.push(answer.status);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const ours = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    prometheus = await startPrometheus(
      binary!,
      `
global: {scrape_interval: 1s}
scrape_configs:
  - {job_name: self, static_configs: [{targets: ["127.0.0.1:PORT"]}]}
  - {job_name: down, static_configs: [{targets: ["127.0.0.1:1"]}]}
remote_write:
  - {url: "${ours}/v1", send_exemplars: true, send_native_histograms: true, queue_config: {batch_send_deadline: 1s}}
  - {url: "${ours}/v2", protobuf_message: io.prometheus.write.v2.Request, send_exemplars: true, send_native_histograms: true, queue_config: {batch_send_deadline: 1s}}
remote_read:
  - {url: "${ours}/read", read_recent: true}
`,
      ["--enable-feature=native-histograms,metadata-wal-records"],
    );
  });

  afterAll(async () => {
    await prometheus.stop();
    server.closeAllConnections();
    server.close();
  });

  it("takes what it writes, by 1.0 and 2.0 alike", async () => {
    const instance = prometheus.url.replace("http://", "");
    const up = `up{instance="${instance}", job="self"}`;
    const enough = (path: "/v1" | "/v2") => stores[path].samples(up).length >= 3;
    while (!enough("/v1") || !enough("/v2")) await new Promise((done) => setTimeout(done, 100));
    expect(new Set(statuses)).toEqual(new Set([204]));
    for (const path of ["/v1", "/v2"] as const) {
      const store = stores[path];
      expect(store.samples(up).every((sample) => sample.value === 1)).toBe(true);
      expect(store.samples('up{instance="127.0.0.1:1", job="down"}')[0]?.value).toBe(0);
      expect(store.series.length).toBeGreaterThan(500);
      // Every series was asked for once: afterwards it was found by its bytes.
      expect(store.resolveCalls).toBe(store.series.length);
      expect(store.series.some(({ samples }) => typeof samples[0]?.value === "object")).toBe(true);
    }
    const names = (path: "/v1" | "/v2") => new Set(stores[path].series.map(({ labels }) => labels.name));
    expect([...names("/v2")].sort()).toEqual([...names("/v1")].sort());
    expect(stores["/v2"].metadata.get("prometheus_build_info")?.type).toBe("gauge");
  });

  it("answers what it reads", async () => {
    const response = await fetch(
      `${prometheus.url}/api/v1/query?query=${encodeURIComponent("count_over_time(only_remote[5m])")}`,
    );
    const answer = (await response.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    expect(answer.data.result).toMatchObject([{ metric: { form: "chunks" }, value: [expect.anything(), "200"] }]);
    const sum = await fetch(
      `${prometheus.url}/api/v1/query?query=${encodeURIComponent("max_over_time(only_remote[5m])")}`,
    );
    expect(await sum.json()).toMatchObject({ data: { result: [{ value: [expect.anything(), "248.75"] }] } });
  });

  it("scrapes it in all three formats alike", async () => {
    const sinks = await Promise.all(
      (["PrometheusProto", "OpenMetricsText1.0.0", "PrometheusText0.0.4"] as const).map(async (protocol, i) => {
        const sink = new ScrapedSink();
        const manager = createScrapeManager({
          sink,
          clock: systemClock,
          log: { warn() {} },
          allocateSource: () => i + 1,
        });
        const config = prometheusConfigSchema.parse({
          scrape_configs: [
            {
              job_name: "j",
              scrape_interval: "1s",
              scrape_protocols: [protocol],
              scrape_native_histograms: protocol === "PrometheusProto",
              always_scrape_classic_histograms: true,
              static_configs: [{ targets: [prometheus.url.replace("http://", "")] }],
            },
          ],
        });
        manager.apply(scrapeJobsOf(config));
        while (sink.batches.length < 2) await new Promise((done) => setTimeout(done, 20));
        expect(manager.targets()[0]).toMatchObject({ health: "up", lastError: "" });
        manager.stop();
        return sink;
      }),
    );
    const [proto, openMetrics, text] = sinks.map(
      (sink) =>
        new Set([...sink.samples].filter(([, samples]) => typeof samples[0]?.value !== "object").map(([key]) => key)),
    );
    const native = [...sinks[0]!.samples.values()].filter((samples) => typeof samples[0]?.value === "object");
    expect(native.length).toBeGreaterThan(0);
    // OpenMetrics and protobuf may each say a little that the other does not (`_created`); text says what both do.
    const missing = (from: Set<string>) => [...text!].filter((series) => !from.has(series));
    expect(missing(openMetrics!)).toEqual([]);
    // A histogram that is native only has classic series in the text formats alone.
    const families = new Set(
      [...sinks[0]!.samples].filter(([, all]) => typeof all[0]?.value === "object").map(([key]) => key.split("{")[0]!),
    );
    const familyOf = (series: string) => series.split("{")[0]!.replace(/_(?:sum|count|bucket)$/, "");
    expect(missing(proto!).filter((series) => !families.has(familyOf(series)))).toEqual([]);
  });
});
