import { AppendOutcome, Labels } from "@dmon/model";
import { expect, it } from "vitest";
import { NewestExemplars } from "./newest-exemplars.ts";

const { OK, DUPLICATE, OUT_OF_ORDER } = AppendOutcome;
const exemplar = (atMs: number, value: number, id = "a") => ({ atMs, value, labels: Labels.from({ trace_id: id }) });

it("takes exemplars of a series in order, and each once", () => {
  const newest = new NewestExemplars(10);
  expect(newest.judge(1, exemplar(5, 1))).toBe(OK);
  expect(newest.judge(1, exemplar(5, 1))).toBe(DUPLICATE);
  expect(newest.judge(2, exemplar(5, 1))).toBe(OK);
  expect(newest.judge(1, exemplar(5, 2))).toBe(OK);
  expect(newest.judge(1, exemplar(5, 1))).toBe(OUT_OF_ORDER);
  expect(newest.judge(1, exemplar(4, 9))).toBe(OUT_OF_ORDER);
  expect(newest.judge(1, exemplar(5, 2, "b"))).toBe(OK);
  expect(newest.judge(1, exemplar(6, Number.NaN))).toBe(OK);
  expect(newest.judge(1, exemplar(6, Number.NaN))).toBe(DUPLICATE);
});

it("forgets the series that got none for longest", () => {
  const newest = new NewestExemplars(2);
  for (const [series, atMs] of [
    [1, 1],
    [2, 1],
    [1, 2],
    [3, 1],
  ] as const)
    newest.judge(series, exemplar(atMs, 1));
  expect(newest.judge(1, exemplar(2, 1))).toBe(DUPLICATE);
  expect(newest.judge(2, exemplar(1, 1))).toBe(OK);
});
