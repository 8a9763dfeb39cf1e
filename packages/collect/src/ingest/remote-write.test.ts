import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { MemoryAppender } from "../testing/memory-appender.ts";
import { packed, type WrittenSeries, writeRequestV1, writeRequestV2 } from "../testing/write-requests.ts";
import { RemoteWriteReceiver } from "./remote-write.ts";
import { negotiateWrite, type WriteProtocol } from "./remote-write-headers.ts";

const T = 1_795_167_500_000;
const M = [["__name__", "m"]] as const;

function receiver(options: ConstructorParameters<typeof MemoryAppender>[0] = {}) {
  const appender = new MemoryAppender(options);
  const inner = new RemoteWriteReceiver(appender);
  const write = (protocol: WriteProtocol, ...series: WrittenSeries[]) =>
    inner.receive(packed(protocol === "v1" ? writeRequestV1(series) : writeRequestV2(series)), protocol);
  return { appender, inner, write };
}

const both = ["v1", "v2"] as const;

describe.each(both)("remote write %s", (protocol) => {
  it("appends samples to series found by their bytes", () => {
    const { appender, write } = receiver();
    const series = (n: number, atMs: number): WrittenSeries => ({
      labels: [
        ["__name__", "m"],
        ["a", "x"],
        ["n", String(n)],
      ],
      samples: [
        [n, atMs],
        [n + 0.5, atMs + 1],
      ],
    });
    const order = [
      [0, 1, 2, 3],
      [0, 1, 2, 3],
      [3, 1, 0],
      [2, 0, 1, 3],
    ];
    order.forEach((numbers, i) => {
      const answer = write(protocol, ...numbers.map((n) => series(n, T + i * 1000)));
      expect(answer).toMatchObject({ status: 204, body: "", result: { samples: numbers.length * 2 } });
    });
    expect(appender.resolveCalls).toBe(4);
    expect(appender.samples('m{a="x", n="1"}')).toHaveLength(8);
    expect(appender.samples('m{a="x", n="2"}').map((sample) => sample.value)).toEqual([2, 2.5, 2, 2.5, 2, 2.5]);
  });

  it("asks for its series anew each day, because the appender forgets what is silent for long", () => {
    const appender = new MemoryAppender();
    let nowMs = 5;
    const inner = new RemoteWriteReceiver(appender, { monotonicMs: () => nowMs });
    const write = (atMs: number) => {
      const request = (protocol === "v1" ? writeRequestV1 : writeRequestV2)([{ labels: M, samples: [[1, atMs]] }]);
      return inner.receive(packed(request), protocol).status;
    };
    expect([write(T), write(T + 1)]).toEqual([204, 204]);
    expect(appender.resolveCalls).toBe(1);
    nowMs += 24 * 3_600_000;
    expect(write(T + 2)).toBe(204);
    expect(appender.resolveCalls).toBe(2);
    expect(appender.samples("m")).toHaveLength(3);
  });

  it("sorts labels, drops empty values, and takes both spellings for one series", () => {
    const { appender, write } = receiver();
    write(protocol, {
      labels: [
        ["b", "2"],
        ["__name__", "m"],
        ["c", ""],
        ["a", "1"],
      ],
      samples: [[1, T]],
    });
    write(protocol, {
      labels: [
        ["__name__", "m"],
        ["a", "1"],
        ["b", "2"],
      ],
      samples: [[2, T + 1]],
    });
    expect(appender.samples('m{a="1", b="2"}')).toHaveLength(2);
  });

  it("tells the staleness marker from other NaNs by its bits", () => {
    const { appender, write } = receiver();
    write(protocol, {
      labels: M,
      samples: [
        [Number.NaN, T],
        ["stale", T + 1],
      ],
    });
    expect(appender.samples("m").map((sample) => sample.value)).toEqual([Number.NaN, "stale"]);
  });

  it("reads exemplars and negative times", () => {
    const { appender, write } = receiver();
    const answer = write(protocol, {
      labels: M,
      samples: [[1, -5]],
      exemplars: [{ labels: [["trace_id", "ab"]], value: 0.5, atMs: T }],
    });
    expect(answer.result.exemplars).toBe(1);
    expect(appender.samples("m")).toEqual([{ atMs: -5, value: 1 }]);
    expect(appender.series[0]!.exemplars).toMatchObject([{ value: 0.5, atMs: T }]);
    expect(appender.series[0]!.exemplars[0]!.labels.toString()).toBe('{trace_id="ab"}');
  });

  it("reads integer and float histograms", () => {
    const { appender, write } = receiver();
    const spans = (writer: ProtoWriter, field: number) =>
      writer
        .message(field, (span) => span.sint(1, -2).varint(2, 2))
        .message(field, (span) => span.sint(1, 1).varint(2, 1));
    const whole = (writer: ProtoWriter) => {
      writer.varint(1, 7).double(3, 12.5).sint(4, 3).double(5, 0.001).varint(6, 1);
      spans(writer, 11).packedSint(12, [2, 1, -2]).varint(14, 2).varint(15, T);
    };
    const float = (writer: ProtoWriter) => {
      writer.double(2, 9).double(3, 12.5).sint(4, -1).double(7, 1);
      spans(writer, 8)
        .packedDouble(10, [2, 3.5, 1])
        .varint(15, T + 1);
    };
    expect(write(protocol, { labels: M, histograms: [whole, float] })).toMatchObject({
      status: 204,
      result: { histograms: 2 },
    });
    expect(appender.samples("m").map((sample) => sample.value)).toEqual([
      {
        schema: 3,
        counterResetHint: "not_reset",
        zeroThreshold: 0.001,
        zeroCount: 1,
        count: 7,
        sum: 12.5,
        positiveSpans: [
          { offset: -2, length: 2 },
          { offset: 1, length: 1 },
        ],
        negativeSpans: [],
        positiveBuckets: [2, 3, 1],
        negativeBuckets: [],
        customValues: [],
      },
      expect.objectContaining({ schema: -1, count: 9, negativeBuckets: [2, 3.5, 1] }),
    ]);
  });

  it("refuses a histogram whose buckets do not fit its spans", () => {
    const { write } = receiver();
    const answer = write(protocol, {
      labels: M,
      histograms: [
        (writer) =>
          writer
            .message(11, (span) => span.varint(2, 3))
            .packedSint(12, [1])
            .varint(15, T),
      ],
      samples: [[1, T]],
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain("positive side: spans need 3 buckets, have 1 buckets");
    expect(answer.result.samples).toBe(1);
  });

  it("keeps what can be kept and counts the rest", () => {
    const { write } = receiver({ maxSeries: 1 });
    write(protocol, { labels: M, samples: [[1, T]] });
    const answer = write(
      protocol,
      { labels: M, samples: [[1, T]] },
      { labels: M, samples: [[2, T]] },
      { labels: M, samples: [[1, T - 1]] },
      { labels: M, samples: [[5, T + 1]] },
      { labels: [["__name__", "other"]], samples: [[1, T]] },
    );
    expect(answer.status).toBe(400);
    expect([...answer.result.outcomes]).toEqual([1, 1, 1, 1, 0, 1]);
    expect(answer.result.samples).toBe(2);
  });

  it("answers hostile bytes with 400 and nothing else", () => {
    const good = protocol === "v1" ? writeRequestV1 : writeRequestV2;
    const message = good([
      {
        labels: [
          ["__name__", "m"],
          ["a", "b"],
        ],
        samples: [[1, T]],
        exemplars: [{ labels: M, value: 1, atMs: 1 }],
      },
      { labels: M, histograms: [(writer) => writer.varint(1, 3).packedSint(12, [1, 2]).varint(15, T)] },
    ]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(message.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(message.length),
        (edits, cut) => {
          const bytes = message.slice(0, cut);
          for (const [at, byte] of edits) if (at < bytes.length) bytes[at] = byte;
          const { inner } = receiver();
          for (const version of both) expect([204, 400]).toContain(inner.receive(packed(bytes), version).status);
          expect([204, 400]).toContain(inner.receive(bytes, protocol).status);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

// What Prometheus 3.5.3 answered to the same requests, as recorded; where it is stricter or crashed, the comment says so.
describe("answers as recorded from Prometheus", () => {
  const m2 = (
    samples: WrittenSeries["samples"],
    labels: WrittenSeries["labels"] = [
      ["__name__", "m2"],
      ["a", "b"],
    ],
  ) => ({ labels, samples }) as WrittenSeries;

  it.each<[string, WriteProtocol, WrittenSeries[], number, string]>([
    ["v1 dup same value", "v1", [m2([[1, T]])], 204, ""],
    // The store does not say which value is there.
    [
      "v1 dup other value",
      "v1",
      [m2([[2, T]])],
      400,
      `duplicate sample for timestamp ${T}; overrides not allowed: existing 1, new value 2\n`,
    ],
    ["v1 out-of-order", "v1", [m2([[1, T - 1]])], 400, "out of order sample\n"],
    ["v1 too old", "v1", [m2([[1, 5]])], 400, "out of bounds\n"],
    [
      "v1 dup label",
      "v1",
      [
        m2(
          [[1, T]],
          [
            ["__name__", "m2"],
            ["a", "b"],
            ["a", "c"],
          ],
        ),
      ],
      204,
      "",
    ],
    ["v1 no name", "v1", [m2([[1, T]], [["a", "b"]])], 204, ""],
    ["v1 empty", "v1", [], 204, ""],
    ["v2 empty", "v2", [], 204, ""],
    [
      "v2 partial",
      "v2",
      [m2([[1, T - 1]]), m2([[1, T + 1]])],
      400,
      'out of order sample for series {__name__="m2", a="b"}\n',
    ],
    ["v2 missing name", "v2", [m2([[1, T]], [["a", "b"]])], 400, 'invalid metric name or labels, got {a="b"}\n'],
    [
      "v2 dup label",
      "v2",
      [
        m2(
          [[1, T]],
          [
            ["__name__", "m2"],
            ["a", "b"],
            ["a", "help"],
          ],
        ),
      ],
      400,
      'invalid labels for series, labels {__name__="m2", a="b", a="help"}, duplicated label a\n',
    ],
  ])("%s", (_, protocol, series, status, body) => {
    const { write } = receiver({ minMs: 1000 });
    write(protocol, m2([[1, T]]));
    expect(write(protocol, ...series)).toMatchObject({ status, body });
  });

  it("names what was written to a 2.0 sender", () => {
    const { write } = receiver();
    expect(write("v2", m2([[1, T]])).headers).toEqual({
      "X-Prometheus-Remote-Write-Samples-Written": "1",
      "X-Prometheus-Remote-Write-Histograms-Written": "0",
      "X-Prometheus-Remote-Write-Exemplars-Written": "0",
    });
    expect(write("v1", m2([[1, T]])).headers).toEqual({});
  });

  it("refuses garbage", () => {
    expect(receiver().inner.receive(Buffer.from("garbage"), "v1")).toMatchObject({
      status: 400,
      body: "snappy: corrupt input\n",
    });
  });

  it("takes a 2.0 body sent as 1.0 for one without series", () => {
    const { inner, appender } = receiver();
    expect(inner.receive(packed(writeRequestV2([m2([[1, T]])])), "v1").status).toBe(204);
    expect(appender.series).toHaveLength(0);
  });

  // Prometheus' server panics on these two.
  it("refuses labels that name no symbol, and half a label", () => {
    const { inner } = receiver();
    const request = (refs: number[]) =>
      packed(
        new ProtoWriter()
          .string(4, "")
          .message(5, (ts) => ts.packed(1, refs).message(2, (s) => s.double(1, 1).varint(2, T)))
          .finish(),
      );
    expect(inner.receive(request([0, 99]), "v2")).toMatchObject({
      status: 400,
      body: "labelRefs 0 (name) = 99 (value) outside of symbols table (size 1)\n",
    });
    expect(inner.receive(request([0]), "v2")).toMatchObject({ status: 400, body: "invalid labelRefs length 1\n" });
  });
});

describe("2.0", () => {
  it("passes on start times and metadata, the latter once", () => {
    const { appender, write } = receiver();
    let told = 0;
    const inner = appender.setMetadata.bind(appender);
    appender.setMetadata = (...args) => {
      told++;
      inner(...args);
    };
    for (let i = 0; i < 3; i++) {
      write("v2", {
        labels: [["__name__", "h_count"]],
        samples: [[1, T + i]],
        createdMs: T - 5000,
        metadata: { type: 3, help: "Help.", unit: "s" },
      });
    }
    expect(appender.samples("h_count")[0]).toEqual({ atMs: T, value: 1, startMs: T - 5000 });
    expect(appender.metadata.get("h")).toEqual({ type: "histogram", help: "Help.", unit: "s" });
    expect(told).toBe(1);
  });

  it("finds series whatever the symbols' numbers are", () => {
    const { appender, write } = receiver();
    const one: WrittenSeries = {
      labels: [
        ["__name__", "one"],
        ["x", "y"],
      ],
      samples: [[1, T]],
    };
    const two: WrittenSeries = {
      labels: [
        ["__name__", "two"],
        ["y", "x"],
      ],
      samples: [[2, T]],
    };
    write("v2", one, two);
    write("v2", two, one);
    expect(appender.resolveCalls).toBe(2);
  });
});

describe("headers", () => {
  it.each([
    [undefined, undefined, "v1"],
    ["application/x-protobuf", "snappy", "v1"],
    ["application/x-protobuf;proto=prometheus.WriteRequest", "Snappy", "v1"],
    ["application/x-protobuf;proto=io.prometheus.write.v2.Request", "snappy", "v2"],
    [
      "application/json",
      "snappy",
      "expected application/x-protobuf as the first (media) part, got application/json content-type",
    ],
    [
      "application/x-protobuf;proto=foo",
      "snappy",
      "got application/x-protobuf;proto=foo content type; unknown remote write protobuf message foo, supported: prometheus.WriteRequest, io.prometheus.write.v2.Request",
    ],
    [
      "application/x-protobuf;proto",
      "snappy",
      "as per https://www.rfc-editor.org/rfc/rfc9110#parameter expected parameters to be key-values, got proto in application/x-protobuf;proto content-type",
    ],
    [
      "application/x-protobuf",
      "gzip",
      "gzip encoding (compression) is not accepted by this server; only snappy is acceptable",
    ],
  ])("%s, %s", (type, encoding, expected) => {
    const negotiated = negotiateWrite(type, encoding);
    expect(negotiated.ok ? negotiated.protocol : negotiated.text).toBe(expected);
  });
});
