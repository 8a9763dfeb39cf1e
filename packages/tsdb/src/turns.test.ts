import { runToEnd, type Slices } from "@dmon/model";
import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

function work(said: string[], name: string, slices: number): () => Slices<void> {
  return function* () {
    for (let i = 0; i < slices; i++) {
      said.push(`${name}${i}`);
      yield;
    }
  };
}

test("work that its runner left is brought to its end before the next begins", () => {
  const turns = new Turns();
  const said: string[] = [];
  const first = turns.run(work(said, "a", 3));
  first.next();
  first.return();
  expect(turns.isTaken).toBe(true);
  runToEnd(turns.run(work(said, "b", 2)));
  expect(said).toEqual(["a0", "a1", "a2", "b0", "b1"]);
  expect(turns.isTaken).toBe(false);
});

test("two that wait in between each other's slices go one after the other, and an error is told to whose work it was", () => {
  const turns = new Turns();
  const said: string[] = [];
  const failing = turns.run(function* () {
    said.push("a0");
    yield;
    throw new Error("a failed");
  });
  failing.next();
  runToEnd(turns.run(work(said, "b", 2)));
  expect(said).toEqual(["a0", "b0", "b1"]);
  expect(() => failing.next()).toThrow("a failed");
  runToEnd(turns.run(work(said, "c", 1)));
  expect(said.at(-1)).toBe("c0");
});
