import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SnappyDecoder, snappyEncode } from "./snappy.ts";

const decoder = new SnappyDecoder(1 << 20);
const decode = (bytes: readonly number[]) => [...decoder.decode(Uint8Array.from(bytes))];

describe("snappy", () => {
  it.each([
    ["nothing", [0], []],
    ["a literal", [3, 2 << 2, 97, 98, 99], [97, 98, 99]],
    ["a copy with one byte of offset", [8, 3 << 2, 1, 2, 3, 4, 0b000_000_01, 4], [1, 2, 3, 4, 1, 2, 3, 4]],
    ["a copy that overlaps itself", [6, 0, 7, (4 << 2) | 2, 1, 0], [7, 7, 7, 7, 7, 7]],
    ["a copy with four bytes of offset", [4, 1 << 2, 1, 2, (1 << 2) | 3, 2, 0, 0, 0], [1, 2, 1, 2]],
    ["a literal with its length in a byte", [3, 60 << 2, 2, 5, 6, 7], [5, 6, 7]],
  ])("decodes %s", (_, input, output) => {
    expect(decode(input)).toEqual(output);
  });

  it.each([
    ["empty input", []],
    ["a header without end", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80]],
    ["a size that is not reached", [5, 0, 1]],
    ["a literal past the input", [3, 2 << 2, 97]],
    ["a literal past the output", [1, 2 << 2, 97, 98, 99]],
    ["an offset of zero", [8, 3 << 2, 1, 2, 3, 4, 1, 0]],
    ["an offset before the beginning", [8, 3 << 2, 1, 2, 3, 4, 1, 5]],
    ["a copy past the output", [5, 3 << 2, 1, 2, 3, 4, 1, 4]],
    ["a cut tag", [8, 3 << 2, 1, 2, 3, 4, 2, 4]],
    ["a size that no input of this length can have", [0xff, 0xff, 0x3f, 0, 1]],
  ])("refuses %s", (_, input) => {
    expect(() => decode(input)).toThrow("snappy: corrupt input");
  });

  it("refuses a block that is larger than allowed before making room for it", () => {
    expect(() => decode([0xff, 0xff, 0xff, 0xff, 0x0f, 0])).toThrow("snappy: decoded length 4294967295 exceeds limit");
  });

  it("reads back what it wrote", () => {
    const words = fc.array(fc.constantFrom("job", "instance", "=", "node_cpu_seconds_total", "\0", "x"), {
      maxLength: 4000,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          words.map((all) => new TextEncoder().encode(all.join(""))),
        ),
        (input) => {
          expect(Buffer.compare(decoder.decode(snappyEncode(input)), input)).toBe(0);
        },
      ),
    );
  });

  it("reads back more than one block", () => {
    const input = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
    expect(Buffer.compare(decoder.decode(snappyEncode(input)), input)).toBe(0);
  });

  it("answers hostile input with its own error only", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (input) => {
        try {
          decoder.decode(input);
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^(bad_snappy|snappy_too_large)$/);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
