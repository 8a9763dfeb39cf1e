import { describe, expect, it } from "vitest";
import { KeyTable } from "./key-table.ts";

function sweep(table: KeyTable<{ name: string }>, names: readonly string[]): { name: string }[] {
  table.rewind();
  return names.map((name) => {
    const bytes = new TextEncoder().encode(`<${name}>`);
    return table.find(bytes, 1, bytes.length - 1);
  });
}

describe("KeyTable", () => {
  it("makes each name once, and finds it again in any order", () => {
    const made: string[] = [];
    const table = new KeyTable((name) => {
      made.push(name);
      return { name };
    });
    const first = sweep(table, ["a", "b", "c"]);
    expect(sweep(table, ["a", "b", "c"])).toEqual(first);
    expect(sweep(table, ["c", "a", "new", "b"]).map(({ name }) => name)).toEqual(["c", "a", "new", "b"]);
    expect(made).toEqual(["a", "b", "c", "new"]);
  });

  it("forgets what was not found in the last sweep", () => {
    const table = new KeyTable((name) => ({ name }));
    sweep(table, ["a", "b", "c"]);
    const forgotten: string[] = [];
    sweep(table, ["a", "c"]);
    table.forgetUnseen(({ name }) => forgotten.push(name));
    expect(forgotten).toEqual(["b"]);
    table.forgetUnseen(({ name }) => forgotten.push(name));
    expect(forgotten).toEqual(["b"]);
  });
});
