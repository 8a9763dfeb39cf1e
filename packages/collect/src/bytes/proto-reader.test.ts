import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtoReader } from "./proto-reader.ts";
import { ProtoWriter } from "./proto-writer.ts";

const integers = fc.oneof(fc.integer(), fc.maxSafeInteger());

describe("protobuf wire format", () => {
  it("reads back what was written", () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        integers,
        integers,
        fc.double(),
        fc.string({ unit: "grapheme" }),
        (nat, int, sint, double, text) => {
          const bytes = new ProtoWriter().raw(nat).raw(int).sint(1, sint).double(2, double).string(3, text).finish();
          const reader = new ProtoReader(bytes);
          expect(reader.varint()).toBe(nat);
          expect(reader.int()).toBe(int);
          expect([reader.varint(), reader.sint()]).toEqual([8, Math.abs(sint) < 2 ** 52 ? sint : expect.any(Number)]);
          expect([reader.varint(), reader.double()]).toEqual([17, double]);
          expect([reader.varint(), reader.string()]).toEqual([26, text]);
          expect(reader.more).toBe(false);
        },
      ),
    );
  });

  it("is exact in nanoseconds", () => {
    const nanos = 1_700_000_000_123_999_999n;
    const bytes = new ProtoWriter().fixed64(1, Number(nanos & 0xffff_ffffn), Number(nanos >> 32n)).finish();
    expect(new ProtoReader(bytes.subarray(1)).nanosToMs()).toBe(1_700_000_000_123);
  });

  it.each([
    ["a varint without end", [0xff, 0xff], (reader: ProtoReader) => reader.varint()],
    ["a varint of eleven bytes", new Array(11).fill(0x80), (reader: ProtoReader) => reader.varint()],
    ["half a double", [1, 2, 3], (reader: ProtoReader) => reader.double()],
    ["a length past the end", [5, 1], (reader: ProtoReader) => reader.enter()],
    ["a text that is not UTF-8", [1, 0xff], (reader: ProtoReader) => reader.string()],
    ["a wire type that does not exist", [], (reader: ProtoReader) => reader.skip(7)],
  ])("refuses %s", (_, bytes, read) => {
    expect(() => read(new ProtoReader(Uint8Array.from(bytes)))).toThrow(
      expect.objectContaining({ code: "bad_protobuf" }),
    );
  });
});
