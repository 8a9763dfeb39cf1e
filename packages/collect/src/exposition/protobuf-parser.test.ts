import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { ParsedScrape } from "./parsed-scrape.ts";
import { ProtobufParser } from "./protobuf-parser.ts";

const NATIVE = { nativeHistograms: true, classicHistograms: false };

function family(name: string, type: number, ...metrics: ((writer: ProtoWriter) => void)[]): Uint8Array {
  const inner = new ProtoWriter().string(1, name).string(2, "Help.").varint(3, type).string(5, "s");
  for (const metric of metrics) inner.message(4, metric);
  const message = inner.finish();
  return Buffer.concat([new ProtoWriter().raw(message.length).finish(), message]);
}

const label = (writer: ProtoWriter, name: string, value: string) =>
  writer.message(1, (pair) => pair.string(1, name).string(2, value));
const timestamp = (writer: ProtoWriter, field: number, seconds: number, nanos: number) =>
  writer.message(field, (inner) => inner.varint(1, seconds).varint(2, nanos));

function read(parser: ProtobufParser, names: Map<number, string>, body: Uint8Array) {
  const out = new ParsedScrape();
  parser.parse(body, out);
  for (const { entry, labels } of out.fresh) names.set(entry, labels.toString());
  return {
    out,
    samples: Array.from({ length: out.length }, (_, i) => [names.get(out.entries[i]!), out.values[i]] as const),
  };
}

const COUNTER = family("c_total", 0, (metric) => {
  label(metric, "b", "2");
  label(metric, "a", "1");
  metric.message(3, (counter) => {
    counter.double(1, 7).message(2, (exemplar) => {
      label(exemplar, "trace_id", "x");
      timestamp(exemplar.double(2, 0.5), 3, 1_700_000_000, 250_000_000);
    });
    timestamp(counter, 3, 1_600_000_000, 0);
  });
  metric.varint(6, 1_700_000_000_123);
});

const HISTOGRAM = family("h", 4, (metric) => {
  metric.message(7, (histogram) => {
    histogram.varint(1, 6).double(2, 9.5);
    histogram.message(3, (bucket) => bucket.varint(1, 2).double(2, 1));
    histogram.message(3, (bucket) => bucket.varint(1, 5).double(2, 2.5));
    histogram.sint(5, 3).double(6, 0.001).varint(7, 1);
    histogram.message(12, (span) => span.sint(1, -1).varint(2, 2)).packedSint(13, [2, 1]);
  });
});

describe("protobuf", () => {
  it("reads counters with exemplar, time and start time", () => {
    const { out, samples } = read(new ProtobufParser(NATIVE), new Map(), COUNTER);
    expect(samples).toEqual([['c_total{a="1", b="2"}', 7]]);
    expect(out.timesMs[0]).toBe(1_700_000_000_123);
    expect(out.startsMs.get(0)).toBe(1_600_000_000_000);
    expect(out.exemplars[0]!.exemplar).toMatchObject({ value: 0.5, atMs: 1_700_000_000_250 });
    expect(out.metadata).toEqual([{ metric: "c_total", type: "counter", help: "Help.", unit: "s" }]);
  });

  it("reads histograms as native, as classic, or as both", () => {
    const classic = [
      ["h_count", 6],
      ["h_sum", 9.5],
      ['h_bucket{le="1.0"}', 2],
      ['h_bucket{le="2.5"}', 5],
      ['h_bucket{le="+Inf"}', 6],
    ];
    const native = read(new ProtobufParser(NATIVE), new Map(), HISTOGRAM);
    expect(native.samples.map(([name]) => name)).toEqual(["h"]);
    expect(native.out.histograms.get(0)).toEqual({
      schema: 3,
      counterResetHint: "unknown",
      zeroThreshold: 0.001,
      zeroCount: 1,
      count: 6,
      sum: 9.5,
      positiveSpans: [{ offset: -1, length: 2 }],
      negativeSpans: [],
      positiveBuckets: [2, 3],
      negativeBuckets: [],
      customValues: [],
    });
    const plain = new ProtobufParser({ nativeHistograms: false, classicHistograms: false });
    expect(read(plain, new Map(), HISTOGRAM).samples).toEqual(classic);
    const both = new ProtobufParser({ nativeHistograms: true, classicHistograms: true });
    expect(read(both, new Map(), HISTOGRAM).samples).toEqual([["h", Number.NaN], ...classic]);
  });

  it("reads summaries, gauges and what has no type", () => {
    const body = Buffer.concat([
      family("s", 2, (metric) =>
        metric.message(4, (summary) =>
          summary
            .varint(1, 3)
            .double(2, 4.5)
            .message(3, (quantile) => quantile.double(1, 0.5).double(2, 1.5)),
        ),
      ),
      family("g", 1, (metric) => metric.message(2, (gauge) => gauge.double(1, -2))),
      family("u", 3, (metric) => metric.message(5, (untyped) => untyped.double(1, 8))),
    ]);
    const { samples } = read(new ProtobufParser(NATIVE), new Map(), body);
    expect(samples).toEqual([
      ["s_count", 3],
      ["s_sum", 4.5],
      ['s{quantile="0.5"}', 1.5],
      ["g", -2],
      ["u", 8],
    ]);
  });

  it("knows series and metadata again", () => {
    const parser = new ProtobufParser({ nativeHistograms: true, classicHistograms: true });
    const names = new Map<number, string>();
    const first = read(parser, names, Buffer.concat([COUNTER, HISTOGRAM]));
    const second = read(parser, names, Buffer.concat([HISTOGRAM, COUNTER]));
    expect(second.out.fresh).toEqual([]);
    expect(second.out.metadata).toEqual([]);
    expect([...second.samples].sort()).toEqual([...first.samples].sort());
  });

  it("refuses a label that stands twice", () => {
    const body = family("g", 1, (metric) => {
      label(metric, "a", "1");
      label(metric, "a", "2");
      metric.message(2, (gauge) => gauge.double(1, 1));
    });
    expect(() => read(new ProtobufParser(NATIVE), new Map(), body)).toThrow("label name is not unique");
  });

  it("answers hostile bytes with its own errors", () => {
    const good = Buffer.concat([COUNTER, HISTOGRAM]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }), (edits) => {
        const bytes = Uint8Array.from(good);
        for (const [at, byte] of edits) bytes[at] = byte;
        try {
          new ProtobufParser(NATIVE).parse(bytes, new ParsedScrape());
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^(bad_protobuf|bad_exposition)$/);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
