import { Labels, type Matcher } from "@dmon/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileMatcher } from "./matcher.ts";
import { SeriesIndex } from "./series-index.ts";
import { SymbolTable } from "./symbols.ts";

const labels = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("x", "y", "xy", "z1", "z2"), {
  minKeys: 0,
});
const matcher: fc.Arbitrary<Matcher> = fc.record({
  type: fc.constantFrom("=", "!=", "=~", "!~"),
  name: fc.constantFrom("a", "b", "c", "d"),
  value: fc.constantFrom("", "x", "x|y", "z.*", ".+", ".*", "x?y", "(x|z)[12y]", ".*2", "nothing", "x|", "(?i:X)"),
});

/** What the matcher means, by JavaScript's own engine, whose syntax agrees on these. */
function matches({ type, name, value }: Matcher, set: Labels): boolean {
  const text = set.get(name);
  const regex = () => new RegExp(`^(?:${value})$`, "s").test(text);
  return { "=": () => text === value, "!=": () => text !== value, "=~": regex, "!~": () => !regex() }[type]();
}

describe("the index", () => {
  test("selects as the matchers say, whatever was added and removed", () => {
    fc.assert(
      fc.property(
        fc.array(labels, { maxLength: 40 }),
        fc.array(fc.nat(39), { maxLength: 20 }),
        fc.array(matcher, { maxLength: 4 }),
        (all, removed, matchers) => {
          const symbols = new SymbolTable();
          const index = new SeriesIndex(symbols);
          const kept = new Map<number, Labels>();
          for (const [i, one] of all.entries()) {
            const set = Labels.from(one);
            if (index.find(set) >= 0) continue;
            index.add(i + 1, set);
            kept.set(i + 1, set);
          }
          index.remove(new Set(removed.map((i) => i + 1)));
          for (const i of removed) kept.delete(i + 1);
          const expected = [...kept].filter(([, set]) => matchers.every((one) => matches(one, set))).map(([id]) => id);
          expect(index.select(matchers)).toEqual(expected.sort((a, b) => a - b));
          expect(index.size).toBe(kept.size);
          for (const [id, set] of kept) {
            expect(index.labels(id)!.key).toBe(set.key);
            expect(index.find(set)).toBe(id);
          }
          const names = new Set([...kept.values()].flatMap((set) => [...set].map(([name]) => name)));
          expect(index.labelNames()).toEqual(names);
          index.dispose();
          expect(symbols.size).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("answers over a hundred thousand series in milliseconds", () => {
    const index = new SeriesIndex(new SymbolTable());
    for (let i = 0; i < 100_000; i++) {
      index.add(i + 1, Labels.from({ __name__: `m${i % 100}`, instance: `host-${i % 1000}`, id: String(i), job: "j" }));
    }
    const cpu = process.cpuUsage();
    expect(index.select([{ type: "=", name: "__name__", value: "m7" }])).toHaveLength(1000);
    expect(index.select([{ type: "=~", name: "id", value: "123.*" }])).toHaveLength(111);
    expect(
      index.select([
        { type: "=", name: "__name__", value: "m7" },
        { type: "!~", name: "instance", value: "host-.*07" },
      ]),
    ).toHaveLength(100);
    expect(
      index.select([
        { type: "=", name: "job", value: "j" },
        { type: "!=", name: "id", value: "5" },
      ]),
    ).toHaveLength(99_999);
    const { user, system } = process.cpuUsage(cpu);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});

test.each([
  ["=~", "(?i:node_.*)", "NODE_x", true],
  ["=~", "[[:alpha:]]+", "abc", true],
  ["=~", "a.b", "a\nb", true],
  ["=~", "foo.*", "foo\nbar", true],
  ["=~", "a|b", "ab", false],
  ["=~", ".+a", "a", false],
  ["!~", "", "", false],
  ["!=", "", "x", true],
] as const)("%s %j on %j is %j, as in RE2", (type, value, text, expected) => {
  expect(compileMatcher({ type, name: "l", value }).passes(text)).toBe(expected);
});

test.each(["(", "a{2,1}", "(?=x)", "\\p{Nope}"])("%s is refused", (value) => {
  expect(() => compileMatcher({ type: "=~", name: "l", value })).toThrow(
    expect.objectContaining({ code: "bad_regex" }),
  );
});
