import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteTable, viewOf } from "./byte-table.ts";

describe("byte table", () => {
  it("numbers byte ranges as a map of strings would", () => {
    const words = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 9 }),
        fc.constantFrom(..."abcde").map((c) => Buffer.from(c.repeat(5))),
      ),
      {
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(words, (all) => {
        const table = new ByteTable();
        const model = new Map<string, number>();
        for (const word of all) {
          const key = Buffer.from(word).toString("hex");
          const view = viewOf(Buffer.concat([Buffer.from("xx"), word, Buffer.from("y")]));
          const end = 2 + word.length;
          expect(table.find(view, 2, end)).toBe(model.get(key) ?? -1);
          if (!model.has(key)) model.set(key, model.size);
          const entry =
            model.size % 2 === 0 || table.find(view, 2, end) >= 0
              ? table.findOrAdd(view, 2, end)
              : table.addMissed(view, 2, end);
          expect(entry).toBe(model.get(key));
          expect(table.matchAt(entry, view, 2)).toBe(end);
          expect(Buffer.from(table.bytesOf(entry)).toString("hex")).toBe(key);
        }
        expect(table.count).toBe(model.size);
      }),
    );
  });

  it("guesses what follows", () => {
    const table = new ByteTable();
    const view = viewOf(Buffer.from("abc"));
    const [a, b] = [table.findOrAdd(view, 0, 1), table.findOrAdd(view, 1, 2)];
    expect(table.after(a)).toBe(-1);
    table.follow(a, b);
    expect(table.after(a)).toBe(b);
    expect(table.matchAt(b, view, 0)).toBe(-1);
    expect(table.matchAt(b, view, 3)).toBe(-1);
  });

  it("forgets everything", () => {
    const table = new ByteTable();
    const view = viewOf(Buffer.from("abc"));
    table.findOrAdd(view, 0, 3);
    const before = table.sizeBytes;
    for (let i = 0; i < 5000; i++) table.findOrAdd(viewOf(Buffer.from(`series-${i}`)), 0, `series-${i}`.length);
    expect(table.sizeBytes).toBeGreaterThan(before);
    table.clear();
    expect(table.sizeBytes).toBe(before);
    expect(table.find(view, 0, 3)).toBe(-1);
  });
});
