import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { MemoryAppender } from "../testing/memory-appender.ts";
import { type OtlpOptions, OtlpReceiver, otlpEncoding } from "./otlp.ts";
import { labelNameOf, metricName, type NamedKind } from "./otlp-names.ts";

const T = 1_700_000_000_000;
const nanos = (ms: number) => `${ms}000000`;

function setup(options: OtlpOptions = {}) {
  const appender = new MemoryAppender();
  const receiver = new OtlpReceiver(appender, options);
  const send = (...metrics: object[]) =>
    receiver.receive(
      Buffer.from(
        JSON.stringify({
          resourceMetrics: [
            {
              resource: {
                attributes: [
                  { key: "service.name", value: { stringValue: "shop" } },
                  { key: "service.namespace", value: { stringValue: "prod" } },
                  { key: "service.instance.id", value: { stringValue: "i-1" } },
                  { key: "host.name", value: { stringValue: "h1" } },
                ],
              },
              scopeMetrics: [{ scope: { name: "lib", version: "1" }, metrics }],
            },
          ],
        }),
      ),
      "json",
    );
  return { appender, receiver, send };
}

const at = (ms: number, rest: object = {}) => ({
  timeUnixNano: nanos(ms),
  startTimeUnixNano: nanos(T - 1000),
  ...rest,
});
const ID = 'instance="i-1", job="prod/shop"';

describe("OTLP", () => {
  it("names gauges and sums as Prometheus, with job, instance and target_info", () => {
    const { appender, send } = setup();
    const answer = send(
      {
        name: "system.cpu.utilization",
        unit: "1",
        description: "Used.",
        gauge: {
          dataPoints: [at(T, { asDouble: 0.5, attributes: [{ key: "cpu.mode", value: { stringValue: "user" } }] })],
        },
      },
      {
        name: "http.requests",
        unit: "{request}",
        sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [at(T, { asInt: "7" })] },
      },
      { name: "queue.size", unit: "By", sum: { aggregationTemporality: 2, dataPoints: [at(T, { asInt: 3 })] } },
    );
    expect(answer).toMatchObject({ status: 200, body: "{}", result: { samples: 4 } });
    expect(appender.samples(`system_cpu_utilization_ratio{cpu_mode="user", ${ID}}`)).toEqual([
      { atMs: T, value: 0.5, startMs: T - 1000 },
    ]);
    expect(appender.samples(`http_requests_total{${ID}}`)).toMatchObject([{ value: 7 }]);
    expect(appender.samples(`queue_size_bytes{${ID}}`)).toMatchObject([{ value: 3 }]);
    expect(appender.samples(`target_info{host_name="h1", ${ID}}`)).toEqual([{ atMs: T, value: 1 }]);
    expect(appender.metadata.get("system_cpu_utilization_ratio")).toEqual({ type: "gauge", help: "Used.", unit: "" });
    expect(appender.metadata.get("queue_size_bytes")).toEqual({ type: "gauge", help: "", unit: "bytes" });
  });

  it("takes requests of one resource whose points are older than those of another", () => {
    const { appender, send } = setup();
    const gauge = (name: string, ms: number) => ({ name, gauge: { dataPoints: [at(ms, { asDouble: 1 })] } });
    send(gauge("a", T));
    expect(send(gauge("b", T - 5000)).status).toBe(200);
    expect(send(gauge("c", T + 5000)).status).toBe(200);
    expect(appender.samples(`target_info{host_name="h1", ${ID}}`).map(({ atMs }) => atMs)).toEqual([T, T + 5000]);
  });

  it("makes classic histograms and summaries", () => {
    const { appender, send } = setup();
    send(
      {
        name: "latency",
        unit: "s",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [
            at(T, {
              count: "6",
              sum: 4.5,
              bucketCounts: ["1", "2", "3"],
              explicitBounds: [0.5, 1],
              exemplars: [{ timeUnixNano: nanos(T), asDouble: 0.7, traceId: "AB", spanId: "cd" }],
            }),
          ],
        },
      },
      {
        name: "sizes",
        summary: { dataPoints: [at(T, { count: 2, sum: 3, quantileValues: [{ quantile: 0.99, value: 1.5 }] })] },
      },
    );
    expect(appender.samples(`latency_seconds_bucket{${ID.replace(", job", ", job")}, le="0.5"}`)).toMatchObject([
      { value: 1 },
    ]);
    expect(appender.samples(`latency_seconds_bucket{${ID}, le="1"}`)).toMatchObject([{ value: 3 }]);
    expect(appender.samples(`latency_seconds_bucket{${ID}, le="+Inf"}`)).toMatchObject([{ value: 6 }]);
    expect(appender.samples(`latency_seconds_count{${ID}}`)).toMatchObject([{ value: 6 }]);
    expect(appender.samples(`latency_seconds_sum{${ID}}`)).toMatchObject([{ value: 4.5 }]);
    expect(appender.series.find((each) => each.labels.get("le") === "1")?.exemplars[0]?.labels.toString()).toBe(
      '{span_id="cd", trace_id="ab"}',
    );
    expect(appender.samples(`sizes{${ID}, quantile="0.99"}`)).toMatchObject([{ value: 1.5 }]);
    expect(appender.samples(`sizes_count{${ID}}`)).toMatchObject([{ value: 2 }]);
  });

  it("makes native histograms of exponential ones, coarser where they are too fine", () => {
    const { appender, send } = setup();
    const point = (scale: number) => ({
      name: `h${scale}`,
      exponentialHistogram: {
        aggregationTemporality: 2,
        dataPoints: [
          at(T, {
            count: 10,
            sum: 5,
            scale,
            zeroCount: 1,
            positive: { offset: -1, bucketCounts: ["1", "2", "3"] },
            negative: { offset: 3, bucketCounts: [3] },
          }),
        ],
      },
    });
    const answer = send(point(2), point(9), point(-5));
    expect(appender.samples(`h2{${ID}}`)[0]?.value).toMatchObject({
      schema: 2,
      zeroThreshold: 1e-128,
      count: 10,
      positiveSpans: [{ offset: 0, length: 3 }],
      positiveBuckets: [1, 2, 3],
      negativeSpans: [{ offset: 4, length: 1 }],
    });
    expect(appender.samples(`h9{${ID}}`)[0]?.value).toMatchObject({
      schema: 8,
      positiveSpans: [{ offset: 0, length: 2 }],
      positiveBuckets: [1, 5],
    });
    // Taken as far as it can be, and told so: a 400 would say that nothing was.
    expect(answer.status).toBe(200);
    expect(JSON.parse(String(answer.body))).toEqual({
      partialSuccess: {
        rejectedDataPoints: "1",
        errorMessage: "cannot convert exponential to native histogram. Scale must be >= -4, was -5",
      },
    });
  });

  it("makes delta points cumulative, and counts a retried request once", () => {
    const { appender, send } = setup();
    const sum = (from: number, to: number, value: number) => ({
      name: "c",
      sum: {
        aggregationTemporality: 1,
        isMonotonic: true,
        dataPoints: [{ startTimeUnixNano: nanos(from), timeUnixNano: nanos(to), asDouble: value }],
      },
    });
    send(sum(T, T + 10, 5));
    send(sum(T + 10, T + 20, 7));
    expect(send(sum(T + 10, T + 20, 7)).status).toBe(200);
    send(sum(T + 20, T + 30, 1));
    expect(appender.samples(`c_total{${ID}}`)).toEqual([
      { atMs: T + 10, value: 5, startMs: T },
      { atMs: T + 20, value: 12, startMs: T },
      { atMs: T + 30, value: 13, startMs: T },
    ]);
  });

  it("sums delta histograms of changing scale", () => {
    const { appender, send } = setup();
    const point = (from: number, scale: number, offset: number, counts: number[]) => ({
      name: "h",
      exponentialHistogram: {
        aggregationTemporality: 1,
        dataPoints: [
          {
            startTimeUnixNano: nanos(from),
            timeUnixNano: nanos(from + 10),
            count: 2,
            sum: 1,
            scale,
            positive: { offset, bucketCounts: counts },
          },
        ],
      },
    });
    send(point(T, 1, 0, [1, 1]));
    send(point(T + 10, 0, 2, [2]));
    expect(appender.samples(`h{${ID}}`)[1]?.value).toMatchObject({
      schema: 0,
      count: 4,
      positiveSpans: [{ offset: 1, length: 3 }],
      positiveBuckets: [2, 0, 2],
    });
  });

  it("ends series by the no-value flag", () => {
    const { appender, send } = setup();
    send({ name: "g", gauge: { dataPoints: [at(T, { asDouble: 1 }), at(T + 1, { flags: 1 })] } });
    expect(appender.samples(`g{${ID}}`).map((sample) => sample.value)).toEqual([1, "stale"]);
  });

  it("promotes attributes and scopes where told", () => {
    const { appender, send } = setup({ promoteResourceAttributes: ["host.name"], promoteScopeMetadata: true });
    send({ name: "g", gauge: { dataPoints: [at(T, { asDouble: 1 })] } });
    expect(appender.series[0]!.labels.toString()).toBe(
      `g{host_name="h1", ${ID}, otel_scope_name="lib", otel_scope_version="1"}`,
    );
    const all = setup({
      promoteAllResourceAttributes: true,
      ignoreResourceAttributes: ["service.name", "service.namespace", "service.instance.id"],
    });
    all.send({ name: "g", gauge: { dataPoints: [at(T, { asDouble: 1 })] } });
    expect(all.appender.series[0]!.labels.toString()).toBe(`g{host_name="h1", ${ID}}`);
  });

  it("joins attributes that become one label, and leaves out those that become none", () => {
    const { appender, send } = setup();
    const attributes = [
      ["a.b", "1"],
      ["a_b", "2"],
      ["ようこそ", "x"],
    ].map(([key, stringValue]) => ({ key, value: { stringValue } }));
    send({ name: "g", gauge: { dataPoints: [at(T, { asDouble: 1, attributes })] } });
    expect(appender.series[0]!.labels.toString()).toBe(`g{a_b="1;2", ${ID}}`);
  });

  it("keeps an exemplar's ids where its attributes are too long", () => {
    const { appender, send } = setup();
    const exemplar = (length: number) => ({
      asInt: 1,
      timeUnixNano: nanos(T),
      traceId: "ab",
      filteredAttributes: [{ key: "k", value: { stringValue: "x".repeat(length) } }],
    });
    send({ name: "g", gauge: { dataPoints: [at(T, { asDouble: 1, exemplars: [exemplar(3), exemplar(200)] })] } });
    expect(appender.series[0]!.exemplars.map((each) => each.labels.toString())).toEqual([
      '{k="xxx", trace_id="ab"}',
      '{trace_id="ab"}',
    ]);
  });

  it("reads protobuf as it reads JSON", () => {
    const { appender, receiver } = setup();
    const fixed = (writer: ProtoWriter, field: number, ms: number) => {
      const value = BigInt(ms) * 1_000_000n;
      writer.fixed64(field, Number(value & 0xffff_ffffn), Number(value >> 32n));
    };
    const attribute = (writer: ProtoWriter, field: number, key: string, value: string) =>
      writer.message(field, (kv) => kv.string(1, key).message(2, (any) => any.string(1, value)));
    const body = new ProtoWriter().message(1, (resource) => {
      resource.message(1, (inner) => attribute(inner, 1, "service.name", "shop"));
      resource.message(2, (scope) => {
        scope.message(2, (metric) => {
          metric
            .string(1, "hits")
            .string(3, "1")
            .message(7, (sum) => {
              sum
                .message(1, (point) => {
                  attribute(point, 7, "path", "/");
                  fixed(point, 2, T - 5);
                  fixed(point, 3, T);
                  point.double(4, 42);
                })
                .varint(2, 2)
                .varint(3, 1);
            });
        });
        scope.message(2, (metric) => {
          metric.string(1, "h").message(9, (histogram) => {
            histogram
              .message(1, (point) => {
                fixed(point, 3, T);
                point.fixed64(4, 3, 0).double(5, 1.5).packedDouble(7, [1]);
                point.bytes(6, Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]));
              })
              .varint(2, 2);
          });
        });
      });
    });
    expect(receiver.receive(body.finish(), "protobuf")).toMatchObject({ status: 200 });
    expect(appender.samples('hits_total{job="shop", path="/"}')).toEqual([{ atMs: T, value: 42, startMs: T - 5 }]);
    expect(appender.samples('h_bucket{job="shop", le="1"}')).toEqual([{ atMs: T, value: 1 }]);
    expect(appender.samples('h_bucket{job="shop", le="+Inf"}')).toEqual([{ atMs: T, value: 3 }]);
  });

  it.each([
    ["not JSON", "{", "json"],
    ["a wrong shape", '{"resourceMetrics":[{"scopeMetrics":5}]}', "json"],
    [
      "a wrong number",
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[{"asInt":"x"}]}}]}]}]}',
      "json",
    ],
    ["not protobuf", "\xff\xff", "protobuf"],
  ] as const)("refuses %s", (_, body, encoding) => {
    expect(setup().receiver.receive(Buffer.from(body, "latin1"), encoding).status).toBe(400);
  });

  it("answers hostile bytes with 400 and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (body) => {
        expect([200, 400]).toContain(setup().receiver.receive(body, "protobuf").status);
      }),
      { numRuns: 3000 },
    );
  });

  it("says in protobuf too what could not be series", () => {
    const metric = new ProtoWriter().string(1, "c").message(7, (sum) => {
      sum.message(1, (point) => point.double(4, 1)).varint(3, 1);
    });
    const scope = new ProtoWriter().bytes(2, metric.finish());
    const body = new ProtoWriter().message(1, (resource) => resource.bytes(2, scope.finish())).finish();
    const answer = setup().receiver.receive(body, "protobuf");
    const message = 'invalid temporality and type combination for metric "c_total"';
    const wanted = new ProtoWriter().message(1, (partial) => partial.varint(1, 1).string(2, message)).finish();
    expect(answer).toMatchObject({ status: 200, body: wanted });
  });

  it("knows its content types", () => {
    expect(otlpEncoding("application/json; charset=utf-8")).toBe("json");
    expect(otlpEncoding("application/x-protobuf")).toBe("protobuf");
    expect(otlpEncoding(undefined)).toBeUndefined();
  });
});

describe("names", () => {
  it.each<[string, string, NamedKind, string]>([
    ["http.server.duration", "ms", "histogram", "http_server_duration_milliseconds"],
    ["system.io", "By/s", "counter", "system_io_bytes_per_second_total"],
    ["system_io_bytes", "By", "counter", "system_io_bytes_total"],
    ["requests.total", "", "counter", "requests_total"],
    ["hw.fan/speed", "rpm", "gauge", "hw_fan_speed_rpm"],
    ["ratio", "1", "gauge", "ratio"],
    ["usage", "%", "gauge", "usage_percent"],
    ["2xx", "{errors}", "counter", "_2xx_total"],
    ["a..b", "", "gauge", "a_b"],
    ["per_second", "1/s", "gauge", "per_second"],
  ])("%s, %s, %s", (name, unit, kind, expected) => {
    expect(metricName(name, unit, kind, "UnderscoreEscapingWithSuffixes")).toBe(expected);
  });

  it("by strategy", () => {
    expect(metricName("a.b", "s", "counter", "NoTranslation")).toBe("a.b");
    expect(metricName("a.b", "s", "counter", "NoUTF8EscapingWithSuffixes")).toBe("a.b_seconds_total");
    expect(metricName("a.b", "s", "counter", "UnderscoreEscapingWithoutSuffixes")).toBe("a_b");
    expect(labelNameOf("http.status-code", "UnderscoreEscapingWithSuffixes")).toBe("http_status_code");
    expect(labelNameOf("1st", "UnderscoreEscapingWithSuffixes")).toBe("key_1st");
    expect(labelNameOf("_x", "UnderscoreEscapingWithSuffixes")).toBe("key_x");
    expect(labelNameOf("__x", "UnderscoreEscapingWithSuffixes")).toBe("__x");
    expect(labelNameOf("a.b", "NoTranslation")).toBe("a.b");
    expect(labelNameOf("_x", "UnderscoreEscapingWithSuffixes", { underscoreSanitization: false })).toBe("_x");
    expect(labelNameOf("a..b", "UnderscoreEscapingWithSuffixes")).toBe("a__b");
    expect(labelNameOf("a..b", "UnderscoreEscapingWithSuffixes", { preserveMultipleUnderscores: false })).toBe("a_b");
  });
});
