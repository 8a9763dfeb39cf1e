import {
  type InstantQuery,
  Labels,
  type QueryResult,
  type QueryValue,
  type RangeQuery,
  type Slices,
} from "@dmon/model";
import { describe, expect, it } from "vitest";
import type { ScriptEngine } from "./run-case.ts";
import { formatFailure, runScript, runScripts } from "./run-scripts.ts";

/** Answers every query alike, and remembers what it was asked. */
class FakeEngine implements ScriptEngine {
  readonly asked: string[] = [];
  readonly #answer: (atMs: number) => QueryValue;
  readonly #notes: { warnings: string[]; infos: string[] };

  constructor(answer: (atMs: number) => QueryValue, notes = { warnings: [] as string[], infos: [] as string[] }) {
    this.#answer = answer;
    this.#notes = notes;
  }

  *instant({ query, atMs }: InstantQuery): Slices<QueryResult> {
    this.asked.push(`${query} at ${atMs}`);
    yield;
    return { value: this.#answer(atMs), ...this.#notes };
  }

  *range({ query, startMs, endMs, stepMs }: RangeQuery): Slices<QueryResult> {
    this.asked.push(`${query} from ${startMs} to ${endMs} step ${stepMs}`);
    yield;
    const timesMs: number[] = [];
    for (let atMs = startMs; atMs <= endMs; atMs += stepMs) timesMs.push(atMs);
    const series = { labels: Labels.from({ a: "b" }), timesMs: Float64Array.from(timesMs) };
    const values = Float64Array.from(timesMs, () => 1);
    return { value: { type: "matrix", series: [{ ...series, values }] }, ...this.#notes };
  }
}

const one = (atMs: number): QueryValue => ({
  type: "vector",
  samples: [{ labels: Labels.from({ a: "b" }), atMs, value: 1 }],
});

function run(script: string, engine: ScriptEngine) {
  return runScript("x.test", script, () => engine);
}

describe("runScript", () => {
  it("repeats an instant case with @ at other times and as the middle of a range", () => {
    const engine = new FakeEngine(one);
    const report = run('eval instant at 5m sum_over_time(x[2m:] offset 1m) + y\n {a="b"} 1', engine);
    expect(report).toEqual({ passed: 1, failed: 0, failures: [] });
    expect(engine.asked.slice(0, 4)).toEqual([
      "sum_over_time(x[2m:] offset 1m) + y at 300000",
      "sum_over_time(x[2m:] offset 1m) + y from 240000 to 360000 step 60000",
      "sum_over_time(x[2m:] @ 300.000 offset 1m) + y @ 300.000 at -3000000",
      "sum_over_time(x[2m:] @ 300.000 offset 1m) + y @ 300.000 from -3060000 to -2940000 step 60000",
    ]);
    expect(engine.asked).toHaveLength(12);
  });

  it("does not repeat at other times what depends on the time", () => {
    const engine = new FakeEngine(one);
    run('eval instant at 5m x + time()\n {a="b"} 1', engine);
    expect(engine.asked).toEqual(["x + time() at 300000", "x + time() from 240000 to 360000 step 60000"]);
  });

  it.each([
    ["another value", 'eval instant at 0 x\n {a="b"} 2', '{a="b"} 2', '{a="b"} 1'],
    ["a series too many", "eval instant at 0 x", "nothing", 'unexpected {a="b"} 1'],
    ["a series too few", 'eval instant at 0 x\n {a="b"} 1\n {a="c"} 1', '{a="c"} 1', "no such series"],
    ["a missing warning", 'eval_warn instant at 0 x\n {a="b"} 1', "warning", "no warning"],
    ["no failure", "eval_fail instant at 0 x", "an error", "a result"],
    ["the wrong type", "eval instant at 0 x\n 3", "scalar 3", "vector of 1"],
    [
      "a matrix with other times",
      'eval range from 0 to 2m step 1m x\n {a="b"} 1 1',
      '{a="b"} 1 @0 1 @60000',
      '{a="b"} 1 @0 1 @60000 1 @120000',
    ],
  ])("reports %s", (_, script, expected, got) => {
    const { failures } = run(script, new FakeEngine(one));
    expect(failures).toMatchObject([{ file: "x.test", line: 1, expected, got }]);
  });

  it("checks annotations both ways", () => {
    const engine = () => new FakeEngine(one, { warnings: ["PromQL warning: a (1:1)"], infos: [] });
    const expectation = (line: string) => run(`eval instant at 0 x\n ${line}\n {a="b"} 1`, engine()).failures;
    expect(expectation("expect warn")).toEqual([]);
    expect(expectation("expect warn msg: PromQL warning: a (1:1)")).toEqual([]);
    expect(expectation("expect warn regex: a \\(")).toEqual([]);
    expect(expectation("expect no_info")).toEqual([]);
    expect(expectation("expect no_warn")).toMatchObject([{ got: "PromQL warning: a (1:1)" }]);
    expect(expectation("expect warn msg: b")).toMatchObject([{ expected: "warning b" }]);
    expect(expectation("expect info")).toMatchObject([{ got: "no info" }]);
  });

  it("goes on after a failure, and after a load that fails", () => {
    const script =
      'load 1m\n a 1 2\n\nload 1m\n a 1\n\neval instant at 0 x\n {a="b"} 2\n\neval instant at 0 x\n {a="b"} 1';
    const report = run(script, new FakeEngine(one));
    expect(report).toMatchObject({
      passed: 1,
      failed: 2,
      failures: [
        { line: 4, query: "" },
        { line: 7, query: "x" },
      ],
    });
  });

  it("says where a script cannot be read", () => {
    const { failures } = run("load 1m\n a foo", new FakeEngine(one));
    expect(formatFailure(failures[0]!)).toBe(
      'x.test:2:\n  as script\n  expected a script that runs\n  got      expected a value before "foo"',
    );
  });
});

describe("runScripts", () => {
  it("refuses a path that is not there", () => {
    expect(() => runScripts(["/nowhere/at/all.test"], () => new FakeEngine(one))).toThrow(
      "no test script or directory",
    );
  });
});
