import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NOT_WANTED, WantedLines } from "./wanted-lines.ts";

const NAMES = ["pgpgin", "pgpgout", "pg", "oom_kill", "nr_free", "oom_kill_2"];
const WANTED = ["pg", "pgpgout", "oom_kill"];

function reader() {
  const lines = new WantedLines((name) => (WANTED.includes(name) ? WANTED.indexOf(name) : NOT_WANTED));
  const read = (bytes: Uint8Array) => {
    if (!lines.take(bytes)) lines.learn(bytes);
    const out: Record<string, number> = {};
    const set = (slot: number, value: number) => {
      out[WANTED[slot]!] = value;
    };
    lines.write({ atMs: 0, monotonicMs: 0, set });
    return out;
  };
  return { lines, read };
}

const content = (entries: readonly (readonly [string, number])[]) =>
  new TextEncoder().encode(entries.map(([name, value]) => `${name} ${value}\n`).join(""));

describe("WantedLines", () => {
  it("says what any parser says, in whatever order the lines come, whatever their values", () => {
    const files = fc.uniqueArray(fc.constantFrom(...NAMES)).chain((names) => {
      const line = (name: string) => fc.tuple(fc.constant(name), fc.nat(10_000_000));
      const inOrder = fc.tuple(...names.map(line));
      const shuffled = fc
        .shuffledSubarray(names, { minLength: names.length })
        .chain((shuffledNames) => fc.tuple(...shuffledNames.map(line)));
      return fc.array(fc.oneof(inOrder, shuffled), { minLength: 1, maxLength: 6 });
    });
    fc.assert(
      fc.property(files, (contents) => {
        const { read } = reader();
        for (const entries of contents) {
          expect(read(content(entries))).toEqual(Object.fromEntries(entries.filter(([name]) => WANTED.includes(name))));
        }
      }),
    );
  });

  it("asks for the head of the file that holds what is wanted, and knows where it was cut", () => {
    const { lines, read } = reader();
    const entries = [
      ["nr_free", 7],
      ["pg", 1],
      ["pgpgout", 22],
      ["oom_kill", 333],
      ["oom_kill_2", 1],
    ] as const;
    const many = [...entries, ...Array.from({ length: 50 }, (_, i) => [`after${i}`, i] as const)];
    read(content(many));
    expect(lines.neededBytes).toBeUndefined();
    read(content(many));
    const needed = lines.neededBytes!;
    expect(needed).toBeLessThan(130);
    expect(lines.take(content(many).subarray(0, needed))).toBe(true);
    const end = new TextDecoder().decode(content(many)).indexOf("333") + 3;
    for (let length = 0; length <= end; length++) expect(lines.take(content(many).subarray(0, length))).toBe(false);
    expect(lines.take(content(many).subarray(0, end + 1))).toBe(true);
  });

  it("counts readings that gave nothing new", () => {
    const { lines, read } = reader();
    const seen = [1, 1, 1, 2, 2].map((value) => {
      read(
        content([
          ["pg", value],
          ["nr_free", Math.random()],
        ]),
      );
      return lines.unchangedReadings;
    });
    expect(seen).toEqual([0, 1, 2, 0, 1]);
  });
});
