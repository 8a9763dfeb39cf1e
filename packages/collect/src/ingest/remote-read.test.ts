import { type FloatHistogram, Labels, SampleColumns, SampleKind } from "@dmon/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtoReader } from "../bytes/proto-reader.ts";
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { crc32c } from "./crc32c.ts";
import { histogramChunk } from "./histogram-chunk.ts";
import { decodeReadRequest, ReadChunksAnswer, ReadSamplesAnswer } from "./remote-read.ts";
import { SnappyDecoder, snappyEncode } from "./snappy.ts";
import { readWrittenHistogram } from "./write-histogram.ts";
import { XorChunk } from "./xor-chunk.ts";

/** Reads an XOR chunk back, written from the description and apart from the writer. */
function readXor(bytes: Uint8Array): [number, bigint][] {
  let bit = 16;
  const read = (count: number) => {
    let value = 0n;
    for (let i = 0; i < count; i++, bit++) value = (value << 1n) | BigInt((bytes[bit >> 3]! >> (7 - (bit & 7))) & 1);
    return value;
  };
  const uvarint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = read(8);
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  };
  const out: [number, bigint][] = [];
  const count = (bytes[0]! << 8) | bytes[1]!;
  let [time, delta, value, leading, trailing] = [0n, 0n, 0n, 0, 0];
  for (let i = 0; i < count; i++) {
    if (i === 0) {
      const raw = uvarint();
      time = raw & 1n ? -(raw >> 1n) - 1n : raw >> 1n;
      value = read(64);
    } else {
      if (i === 1) delta = uvarint();
      else {
        let ones = 0;
        while (ones < 4 && read(1) === 1n) ones++;
        const bits = [0, 14, 17, 20, 64][ones]!;
        let dod = read(bits);
        if (bits === 64) dod = BigInt.asIntN(64, dod);
        else if (bits > 0 && dod > 1n << BigInt(bits - 1)) dod -= 1n << BigInt(bits);
        delta += dod;
      }
      time += delta;
      if (read(1) === 1n) {
        if (read(1) === 1n) {
          leading = Number(read(5));
          const significant = Number(read(6)) || 64;
          trailing = 64 - leading - significant;
        }
        value ^= read(64 - leading - trailing) << BigInt(trailing);
      }
    }
    out.push([Number(time), value]);
  }
  return out;
}

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function columns(samples: readonly (readonly [number, number | "stale"])[]): SampleColumns {
  const out = new SampleColumns();
  out.reserve(samples.length);
  samples.forEach(([atMs, value], i) => {
    out.timesMs[i] = atMs;
    out.values[i] = value === "stale" ? 0 : value;
    out.kinds[i] = value === "stale" ? SampleKind.STALE : SampleKind.FLOAT;
  });
  out.length = samples.length;
  return out;
}

describe("XOR chunks", () => {
  it("hold any times and values", () => {
    const steps = fc.oneof(fc.constant(1000), fc.nat(20_000), fc.nat(2_000_000), fc.nat(4_000_000_000));
    const values = fc.oneof(fc.double(), fc.constantFrom(0, 1, -0, Number.NaN, Infinity), fc.integer());
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1.8e12 }),
        fc.array(fc.tuple(steps, values), { maxLength: 120 }),
        (startMs, items) => {
          const chunk = new XorChunk();
          let atMs = startMs;
          const expected = items.map(([step, value]) => {
            atMs += step;
            chunk.append(atMs, value);
            return [atMs, bitsOf(value)];
          });
          expect(readXor(chunk.finish())).toEqual(expected);
        },
      ),
    );
  });
});

describe("remote read", () => {
  it("knows what is asked", () => {
    const body = new ProtoWriter()
      .message(1, (query) => {
        query.varint(1, 1000).varint(2, 2000);
        query.message(3, (matcher) => matcher.string(2, "__name__").string(3, "up"));
        query.message(3, (matcher) => matcher.varint(1, 3).string(2, "job").string(3, "a.*"));
        query.message(4, (hints) => hints.varint(1, 15_000).string(2, "rate").varint(7, 60_000));
      })
      .packed(2, [1, 0]);
    expect(decodeReadRequest(snappyEncode(body.finish()))).toEqual({
      form: "chunks",
      queries: [
        {
          startMs: 1000,
          endMs: 2000,
          stepMs: 15_000,
          rangeMs: 60_000,
          func: "rate",
          matchers: [
            { type: "=", name: "__name__", value: "up" },
            { type: "!~", name: "job", value: "a.*" },
          ],
        },
      ],
    });
    expect(decodeReadRequest(snappyEncode(new Uint8Array())).form).toBe("samples");
  });

  it("answers hostile bytes with its own errors", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const body of [bytes, snappyEncode(bytes)]) {
          try {
            decodeReadRequest(body);
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^(bad_snappy|snappy_too_large|bad_protobuf)$/);
          }
        }
      }),
    );
  });

  it("answers with samples", () => {
    const answer = new ReadSamplesAnswer();
    answer.addSeries(
      Labels.from({ __name__: "up", job: "a" }),
      columns([
        [1000, 1.5],
        [2000, "stale"],
      ]),
    );
    answer.endQuery();
    answer.endQuery();
    const reader = new ProtoReader(new SnappyDecoder(1 << 20).decode(answer.finish()));
    const queries: number[] = [];
    while (reader.more) {
      expect(reader.varint()).toBe(10);
      const outer = reader.enter();
      queries.push(reader.end - reader.at);
      reader.leave(outer);
    }
    expect(queries).toHaveLength(2);
    expect(queries[1]).toBe(0);
  });

  it("answers with frames of chunks, each with its checksum", () => {
    const answer = new ReadChunksAnswer();
    const samples = Array.from({ length: 250 }, (_, i) => [i * 1000, i === 249 ? "stale" : i] as const);
    const [frame, ...others] = answer.series(Labels.from({ __name__: "up" }), columns(samples));
    expect(others).toEqual([]);
    const reader = new ProtoReader(frame!);
    const length = reader.varint();
    const checksum = reader.view.getUint32(reader.take(4));
    const message = frame!.subarray(reader.at);
    expect(message).toHaveLength(length);
    expect(crc32c(message)).toBe(checksum);
    const counts: number[] = [];
    let last: bigint | undefined;
    const inner = new ProtoReader(message);
    inner.varint();
    inner.enter();
    while (inner.more) {
      const tag = inner.varint();
      if (tag >>> 3 !== 2) {
        inner.skip(tag & 7);
        continue;
      }
      const outer = inner.enter();
      while (inner.more) {
        const field = inner.varint();
        if (field >>> 3 !== 4) {
          inner.skip(field & 7);
          continue;
        }
        const size = inner.varint();
        const at = inner.take(size);
        const read = readXor(message.subarray(at, at + size));
        counts.push(read.length);
        last = read.at(-1)![1];
      }
      inner.leave(outer);
    }
    expect(counts).toEqual([120, 120, 10]);
    expect(last).toBe(0x7ff0000000000002n);
  });

  it("gives each series a frame of its own, with the number of its query", () => {
    const answer = new ReadChunksAnswer();
    const frames = [1, 2].flatMap((id) =>
      answer.series(Labels.from({ __name__: "up", id: String(id) }), columns([[1, id]])),
    );
    answer.endQuery();
    const [second] = answer.series(Labels.from({ __name__: "down" }), columns([[1, 0]]));
    const idOf = (frame: Uint8Array): string => {
      const text = Buffer.from(frame).toString("latin1");
      return text[text.indexOf("id") + 4]!;
    };
    expect(frames.map(idOf)).toEqual(["1", "2"]);
    expect([...second!.subarray(-2)]).toEqual([0x10, 1]);
  });

  it("puts each histogram into a chunk of its own between the floats", () => {
    const histogram: FloatHistogram = {
      schema: -53,
      counterResetHint: "gauge",
      zeroThreshold: 0,
      zeroCount: 0,
      count: 2.5,
      sum: 3,
      positiveSpans: [{ offset: 0, length: 2 }],
      negativeSpans: [],
      positiveBuckets: [1.5, 1],
      negativeBuckets: [],
      customValues: [0.5],
    };
    const mixed = columns([
      [1, 1],
      [2, 2],
      [3, 0],
      [4, "stale"],
    ]);
    mixed.kinds[2] = SampleKind.HISTOGRAM;
    mixed.hasHistograms = true;
    mixed.histograms = [undefined, undefined, histogram, undefined];
    const [frame] = new ReadChunksAnswer().series(Labels.from({ a: "b" }), mixed);
    const text = Buffer.from(frame!).toString("hex");
    // Encodings of the chunks: XOR, float histogram, XOR. A real Prometheus read these bytes.
    expect([...text.matchAll(/08..10..18(..)/g)].map(([, encoding]) => encoding)).toEqual(["01", "03", "01"]);
    expect(Buffer.from(histogramChunk(3, histogram)).toString("hex")).toMatchInlineSnapshot(
      `"0001c000ee5c64447fc000000000000134004000000000000000000000000000040080000000000003ff80000000000003ff00000000000000"`,
    );
  });

  it("writes whole counts as integers, others as floats", () => {
    const whole: FloatHistogram = {
      schema: 1,
      counterResetHint: "unknown",
      zeroThreshold: 0.001,
      zeroCount: 2,
      count: 21,
      sum: 35,
      positiveSpans: [{ offset: -1, length: 2 }],
      negativeSpans: [],
      positiveBuckets: [5, 14],
      negativeBuckets: [],
      customValues: [],
    };
    for (const histogram of [whole, { ...whole, zeroCount: 1.5, count: 20.5 }]) {
      const one = columns([[7, 0]]);
      one.kinds[0] = SampleKind.HISTOGRAM;
      one.hasHistograms = true;
      one.histograms = [histogram];
      const answer = new ReadSamplesAnswer();
      answer.addSeries(Labels.from({ __name__: "h" }), one);
      answer.endQuery();
      const reader = new ProtoReader(new SnappyDecoder(1 << 20).decode(answer.finish()));
      // Query result, series, past its label, histogram.
      for (let depth = 0; depth < 2; depth++) {
        reader.varint();
        reader.enter();
      }
      reader.skip(reader.varint() & 7);
      expect(reader.varint() >>> 3).toBe(4);
      reader.enter();
      const first = reader.bytes[reader.at]!;
      expect(first >>> 3).toBe(histogram === whole ? 1 : 2);
      expect(readWrittenHistogram(reader)).toMatchObject({ histogram, atMs: 7, error: "" });
    }
  });

  it("knows CRC-32C", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  });
});
