import fc from "fast-check";
import { expect, test } from "vitest";
import { snappyCompress } from "./snappy.ts";

/** The plainest possible reader, for this test. */
function decompress(input: Uint8Array): number[] {
  const out: number[] = [];
  let at = 0;
  while (input[at++]! >= 0x80);
  while (at < input.length) {
    const tag = input[at++]!;
    if ((tag & 3) === 2) {
      const offset = input[at]! | (input[at + 1]! << 8);
      at += 2;
      for (let i = 0; i <= tag >> 2; i++) out.push(out[out.length - offset]!);
      continue;
    }
    let length = tag >> 2;
    const size = Math.max(0, length - 59);
    if (size > 0) length = [...input.subarray(at, at + size)].reduceRight((sum, byte) => sum * 256 + byte, 0);
    at += size;
    out.push(...input.subarray(at, at + length + 1));
    at += length + 1;
  }
  return out;
}

test("what is compressed comes back", () => {
  const repetitive = fc.array(fc.constantFrom("node_cpu", "mode=", "idle", "0", "1", "\0\0\0\0"), { maxLength: 400 });
  fc.assert(
    fc.property(repetitive, (parts) => {
      const bytes = new TextEncoder().encode(parts.join(""));
      expect(decompress(snappyCompress(bytes))).toEqual([...bytes]);
    }),
  );
});

test("repetition shrinks, and long literals survive", () => {
  const random = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 2_654_435_761) >>> 13);
  expect(decompress(snappyCompress(random))).toEqual([...random]);
  expect(snappyCompress(new Uint8Array(10_000)).length).toBeLessThan(600);
});
