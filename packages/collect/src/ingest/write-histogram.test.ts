/** Refusals of histograms and conflicts in the words of Prometheus 3.5.3, captured from it. */
import { describe, expect, it } from "vitest";
import type { ProtoWriter } from "../bytes/proto-writer.ts";
import { MemoryAppender } from "../testing/memory-appender.ts";
import { packed, type WrittenSeries, writeRequestV1, writeRequestV2 } from "../testing/write-requests.ts";
import { RemoteWriteReceiver } from "./remote-write.ts";

const T = 1_795_888_781_255;

interface Written {
  readonly count?: number;
  readonly sum?: number;
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly spans?: readonly (readonly [offset: number, length: number])[];
  readonly deltas?: readonly number[];
  readonly negativeSpans?: readonly (readonly [offset: number, length: number])[];
  readonly negativeDeltas?: readonly number[];
  readonly custom?: readonly number[];
  readonly atMs?: number;
}

function integer(given: Written = {}): (writer: ProtoWriter) => void {
  const { count = 21, sum = 35, schema = 1, zeroThreshold = 0.001, zeroCount = 2, custom = [], atMs = T } = given;
  const {
    spans = [
      [-1, 2],
      [2, 1],
    ],
    deltas = [5, 1, -2],
    negativeSpans = [[0, 1]],
    negativeDeltas = [4],
  } = given;
  return (writer) => {
    writer.varint(1, count).double(3, sum).sint(4, schema).double(5, zeroThreshold).varint(6, zeroCount);
    for (const [offset, length] of spans) writer.message(11, (span) => span.sint(1, offset).varint(2, length));
    for (const [offset, length] of negativeSpans) writer.message(8, (span) => span.sint(1, offset).varint(2, length));
    writer.packedSint(12, deltas).packedSint(9, negativeDeltas).packedDouble(16, custom).varint(15, atMs);
  };
}

function custom(given: Written): (writer: ProtoWriter) => void {
  return integer({
    schema: -53,
    zeroThreshold: 0,
    zeroCount: 0,
    spans: [[0, 3]],
    negativeSpans: [],
    negativeDeltas: [],
    count: 15,
    ...given,
  });
}

function receiver() {
  const appender = new MemoryAppender();
  const inner = new RemoteWriteReceiver(appender);
  const write = (series: Partial<WrittenSeries>, protocol: "v1" | "v2" = "v1") => {
    const one = { labels: [["__name__", "m"]], ...series } as WrittenSeries;
    return inner.receive(packed((protocol === "v1" ? writeRequestV1 : writeRequestV2)([one])), protocol);
  };
  return { appender, write };
}

describe("a histogram is refused", () => {
  it.each([
    [
      "count too low",
      integer({ count: 20 }),
      "21 observations found in buckets, but the Count field is 20: histogram's observation count should equal the number of observations found in the buckets (in absence of NaN)",
    ],
    [
      "count too high",
      integer({ count: 22 }),
      "21 observations found in buckets, but the Count field is 22: histogram's observation count should equal the number of observations found in the buckets (in absence of NaN)",
    ],
    [
      "count too low with NaN",
      integer({ count: 20, sum: Number.NaN }),
      "21 observations found in buckets, but the Count field is 20: histogram's observation count should be at least the number of observations found in the buckets",
    ],
    ["unknown schema", integer({ schema: -9 }), "histogram has an invalid schema, got schema -9"],
    [
      "buckets missing",
      integer({ spans: [[0, 5]] }),
      "positive side: spans need 5 buckets, have 3 buckets: histogram spans specify different number of buckets than provided",
    ],
    [
      "huge span",
      integer({ spans: [[0, 4_294_967_295]] }),
      "positive side: spans need 4294967295 buckets, have 3 buckets: histogram spans specify different number of buckets than provided",
    ],
    [
      "span going back",
      integer({
        spans: [
          [0, 2],
          [-1, 1],
        ],
      }),
      "positive side: span number 2 with offset -1: histogram has a span whose offset is negative",
    ],
    [
      "negative bucket",
      integer({ deltas: [5, -6, 4], count: 13 }),
      "positive side: bucket number 2 has observation count of -1: histogram has a bucket whose observation count is negative",
    ],
    [
      "custom bounds on exponential",
      integer({ custom: [1, 2] }),
      "histogram with exponential schema must not have custom bounds",
    ],
    [
      "custom going back",
      custom({ custom: [2, 1] }),
      "custom buckets: previous bound is 2.000000 and current is 1.000000: histogram custom bounds must be in strictly increasing order",
    ],
    [
      "custom infinite",
      custom({ custom: [1, Number.POSITIVE_INFINITY] }),
      "custom buckets: last +Inf bound must not be explicitly defined: histogram custom bounds must be finite",
    ],
    [
      "custom few bounds",
      custom({ custom: [1] }),
      "custom buckets: only 1 custom bounds defined which is insufficient to cover total span length of 3: histogram custom bounds are too few",
    ],
    [
      "custom first span negative",
      custom({ custom: [1, 2], spans: [[-1, 3]] }),
      "custom buckets: span number 1 with offset -1: histogram has a span whose offset is negative",
    ],
    [
      "custom with a zero bucket",
      custom({ custom: [1, 2], zeroCount: 2, count: 17 }),
      "custom buckets: must have zero count of 0",
    ],
    [
      "custom with a zero threshold",
      custom({ custom: [1, 2], zeroThreshold: 1 }),
      "custom buckets: must have zero threshold of 0",
    ],
    [
      "custom with negative buckets",
      custom({ custom: [1, 2], negativeSpans: [[0, 1]], negativeDeltas: [4] }),
      "custom buckets: must not have negative spans",
    ],
  ])("%s", (_, histogram, text) => {
    const { appender, write } = receiver();
    expect(write({ histograms: [histogram] })).toMatchObject({ status: 400, body: `${text}\n` });
    expect(appender.samples("m")).toEqual([]);
  });

  it("not for what Prometheus takes", () => {
    const { appender, write } = receiver();
    expect(write({ histograms: [integer({ count: 22, sum: Number.NaN })] }).status).toBe(204);
    expect(write({ histograms: [custom({ custom: [1, 2], atMs: T + 1 })] }).status).toBe(204);
    expect(write({ histograms: [integer({ schema: 10, spans: [[1, 3]], atMs: T + 2 })] }).status).toBe(204);
    // Finer than any query knows: three buckets within one of schema 8, from two levels above.
    expect(appender.samples("m").at(-1)!.value).toMatchObject({
      schema: 8,
      positiveSpans: [{ offset: 1, length: 1 }],
      positiveBuckets: [15],
    });
  });
});

describe("a sample that meets another is refused", () => {
  it.each<[string, Partial<WrittenSeries>, Partial<WrittenSeries>, string]>([
    [
      "float on float",
      { samples: [[1.5, T]] },
      { samples: [[1e21, T]] },
      `duplicate sample for timestamp ${T}; overrides not allowed: existing 1.5, new value 1e+21`,
    ],
    [
      "marker on float",
      { samples: [[1.5, T]] },
      { samples: [["stale", T]] },
      `duplicate sample for timestamp ${T}; overrides not allowed: existing 1.5, new value NaN`,
    ],
    [
      "float on marker",
      { samples: [["stale", T]] },
      { samples: [[1, T]] },
      `duplicate sample for timestamp ${T}; overrides not allowed: existing NaN, new value 1`,
    ],
    [
      "float on histogram",
      { histograms: [integer()] },
      { samples: [[1, T]] },
      `duplicate sample for timestamp ${T}; overrides not allowed: existing is a histogram, new value 1`,
    ],
    ["histogram on float", { samples: [[1, T]] }, { histograms: [integer()] }, "duplicate sample for timestamp"],
    [
      "histogram on histogram",
      { histograms: [integer()] },
      { histograms: [integer({ sum: 36 })] },
      "duplicate sample for timestamp",
    ],
    ["marker on histogram", { histograms: [integer()] }, { samples: [["stale", T]] }, "duplicate sample for timestamp"],
    ["a little late", { samples: [[1, T]] }, { samples: [[1, T - 1_800_000]] }, "out of order sample"],
    ["very late", { samples: [[1, T]] }, { samples: [[1, T - 3_660_000]] }, "out of bounds"],
  ])("%s", (_, first, second, text) => {
    const { write } = receiver();
    expect(write(first).status).toBe(204);
    expect(write(second)).toMatchObject({ status: 400, body: `${text}\n` });
  });
});

it("quotes names that are not legacy ones, empty ones too", () => {
  const { write } = receiver();
  const labels = [
    ["a.b", "c"],
    ["", "x"],
    ["__name__", "m"],
  ] as const;
  expect(write({ labels, samples: [[1, T]] }, "v2").body).toBe(
    'invalid metric name or labels, got {""="x", __name__="m", "a.b"="c"}\n',
  );
});

it("leaves out an exemplar whose labels are longer than 128 characters", () => {
  const { write } = receiver();
  const exemplar = (length: number) => ({ labels: [["id", "x".repeat(length)]] as const, value: 1, atMs: T });
  for (const protocol of ["v1", "v2"] as const) {
    expect(write({ samples: [[1, T]], exemplars: [exemplar(127)] }, protocol).result.exemplars).toBe(0);
    expect(write({ samples: [[1, T]], exemplars: [exemplar(126)] }, protocol).result.exemplars).toBe(1);
  }
});

it("refuses bytes that are no message, where a field has the number 0", () => {
  const { appender } = receiver();
  const inner = new RemoteWriteReceiver(appender);
  for (const protocol of ["v1", "v2"] as const) {
    expect(inner.receive(packed(Uint8Array.of(0, 0)), protocol).status).toBe(400);
  }
});
