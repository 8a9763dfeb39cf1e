/** Property: a range query gives at each of its steps what the instant query gives there. */
import { isDmonError, Labels, runToEnd } from "@dmon/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPromqlEngine, type PromqlEngine } from "../engine/engine.ts";
import { formatTestHistogram } from "../histogram/index.ts";
import { loadSeries } from "./load.ts";
import { nearlyEqual } from "./nearly-equal.ts";
import { parseScript } from "./script.ts";
import { MemoryStorage } from "./storage.ts";

const DATA = `
load 1m
  g{i="1", j="x"} 3 -2 NaN 5 _ 7.5 stale _ 1 Inf 2 2 0 -4 9 8 _ 1 1 6
  g{i="1", j="y"} 1+0.5x19
  g{i="2", j="x"} 0 0 1 _ _ _ 4 4 4 2 -Inf 1 7 7 stale 3 2 1 0 5
  c_total{i="1", j="x"} 0+3x6 2+4x12
  c_total{i="2", j="x"} 5 9 _ 14 stale 2 6 _ _ 11 19 19 25 1 2 3 9 10 12 30
  b_bucket{i="1", le="1"} 0+1x19
  b_bucket{i="1", le="5"} 0+3x19
  b_bucket{i="1", le="+Inf"} 0+4x19
  h{i="1", j="x"} {{schema:1 count:4 sum:5 buckets:[1 2 1]}}+{{schema:1 count:4 sum:5 buckets:[1 2 1]}}x8 {{schema:1 count:2 sum:1 buckets:[1 1]}}x4 stale _ {{schema:0 count:3 sum:9 buckets:[1 2]}}x4
  h{i="2", j="x"} {{schema:-53 count:3 sum:4 custom_values:[1 2] buckets:[1 1 1]}}+{{schema:-53 count:1 sum:1 custom_values:[1 2] buckets:[1]}}x19
  m{i="1"} 1 2 {{count:1 sum:1 buckets:[1]}}x5 7 8 9 _ {{count:9 sum:2 buckets:[9]}}x8
`;

const selector = fc.constantFrom("g", "c_total", "b_bucket", "h", "m", 'g{i="1"}', 'c_total{j=~"x|y"}', '{i="2"}', "h");
const when = fc.constantFrom("", "", "", " offset 90s", " offset -1m", " @ 400", " @ end()");
const scalar = fc.constantFrom("0", "2", "-0.5", "time()", 'scalar(c_total{i="1"})', "NaN");
const labels = fc.constantFrom("i", "j", "i, j", "");

const { vector } = fc.letrec<{ vector: string; range: string }>((tie) => ({
  range: fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(selector, fc.constantFrom("1m", "90s", "5m", "12m"), when)
        .map(([s, d, w]) => `${s}[${d}]${w}`),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie("vector"), fc.constantFrom("3m:", "10m:45s", "5m:1m")).map(([v, d]) => `(${v})[${d}]`),
    },
  ),
  vector: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.tuple(selector, when).map(([s, w]) => s + w),
    fc
      .tuple(
        fc.constantFrom(
          ..."rate increase delta irate idelta changes resets deriv avg_over_time sum_over_time max_over_time".split(
            " ",
          ),
          ..."count_over_time last_over_time first_over_time stddev_over_time mad_over_time ts_of_max_over_time".split(
            " ",
          ),
        ),
        tie("range"),
      )
      .map(([f, r]) => `${f}(${r})`),
    fc
      .tuple(
        fc.constantFrom("rate", "increase", "delta"),
        selector,
        fc.constantFrom("1m", "5m", "12m"),
        fc.constantFrom("anchored", "smoothed"),
        when,
      )
      .map(([f, s, d, mode, w]) => `${f}(${s}[${d}] ${mode}${w})`),
    fc.tuple(selector, when).map(([s, w]) => `${s} smoothed${w}`),
    fc.tuple(tie("range"), scalar).map(([r, s]) => `quantile_over_time(${s}, ${r})`),
    fc
      .tuple(
        fc.constantFrom("sum", "avg", "min", "max", "count", "stddev", "quantile(0.4, ", "topk(1, "),
        labels,
        tie("vector"),
      )
      .map(([op, by, v]) => (op.endsWith(", ") ? `${op}${v})` : `${op} by (${by}) (${v})`)),
    fc
      .tuple(
        fc.constantFrom("abs", "ceil", "sgn", "timestamp", "absent", "histogram_count", "histogram_avg", "-"),
        tie("vector"),
      )
      .map(([f, v]) => `${f}(${v})`),
    fc.tuple(fc.constantFrom("0.5", "0.9"), tie("vector")).map(([q, v]) => `histogram_quantile(${q}, ${v})`),
    fc
      .tuple(tie("vector"), fc.constantFrom("+", "-", "*", "/", ">", "<= bool", "=="), scalar)
      .map(([v, op, s]) => `(${v} ${op} ${s})`),
    fc
      .tuple(tie("vector"), fc.constantFrom("+", "/", "!=", "< bool", "and", "or", "unless"), labels, tie("vector"))
      .map(([a, op, on, b]) => `(${a} ${op} on (${on}) ${b})`),
  ),
}));

/** The same data and queries over minutes and over days; the latter are worked off in several blocks of time. */
interface Scale {
  readonly factor: number;
  readonly engine: PromqlEngine;
}

function makeScale(factor: number): Scale {
  const storage = new MemoryStorage();
  for (const command of parseScript(stretch(DATA, factor))) if (command.kind === "load") loadSeries(command, storage);
  const engine = createPromqlEngine(storage, { experimentalFunctions: true, lookbackMs: 300_000 * factor });
  return { factor, engine };
}

/** @param text with durations of one unit, and times after `@` */
function stretch(text: string, factor: number): string {
  return text.replace(/\b\d+(?=[sm]\b)|(?<=@ )\d+/g, (count) => String(Number(count) * factor));
}

const MINUTES = makeScale(1);
const DAYS = makeScale(240);

type Point = number | string;

/** By labels and time. */
type Answer = Map<string, Point>;

/** @returns the error's text where the query fails */
function answer(run: () => Answer): Answer | string {
  try {
    return run();
  } catch (error) {
    if (isDmonError(error)) return error.message;
    throw error;
  }
}

function overRange(engine: PromqlEngine, query: string, startMs: number, endMs: number, stepMs: number): Answer {
  const { value } = runToEnd(engine.range({ query, startMs, endMs, stepMs }));
  const points: Answer = new Map();
  if (value.type !== "matrix") throw new Error("a range query gives a matrix");
  for (const { labels, timesMs, values, histograms } of value.series) {
    timesMs.forEach((atMs, i) => {
      const histogram = histograms?.[i];
      points.set(`${labels} ${atMs}`, histogram === undefined ? values[i]! : formatTestHistogram(histogram));
    });
  }
  return points;
}

function atInstants(engine: PromqlEngine, query: string, startMs: number, endMs: number, stepMs: number): Answer {
  const points: Answer = new Map();
  // What `@ end()` means differs between the two, so that it is written out.
  const text = query.replaceAll("@ end()", `@ ${endMs / 1000}`);
  for (let atMs = startMs; atMs <= endMs; atMs += stepMs) {
    const { value } = runToEnd(engine.instant({ query: text, atMs }));
    if (value.type === "scalar") points.set(`${Labels.EMPTY} ${atMs}`, value.value);
    if (value.type !== "vector") continue;
    for (const { labels, value: float, histogram } of value.samples) {
      points.set(`${labels} ${atMs}`, histogram === undefined ? float : formatTestHistogram(histogram));
    }
  }
  return points;
}

function samePoint(a: Point | undefined, b: Point): boolean {
  return typeof a === "number" && typeof b === "number" ? nearlyEqual(a, b) : a === b;
}

describe("a range query", () => {
  it("gives at each step what the instant query gives there", () => {
    const start = fc.constantFrom(0, 300_000, 333_000, 595_000);
    const step = fc.constantFrom(15_000, 37_000, 60_000, 120_000);
    const scale = fc.constantFrom(MINUTES, DAYS);
    fc.assert(
      fc.property(scale, vector, start, step, fc.integer({ min: 1, max: 20 }), (...[{ engine, factor }, ...rest]) => {
        const [query, startMs, stepMs, count] = [stretch(rest[0], factor), rest[1] * factor, rest[2] * factor, rest[3]];
        const endMs = startMs + (count - 1) * stepMs;
        const range = answer(() => overRange(engine, query, startMs, endMs, stepMs));
        const instants = answer(() => atInstants(engine, query, startMs, endMs, stepMs));
        if (typeof range === "string" || typeof instants === "string") {
          expect(typeof range, `${range} against ${instants}`).toBe(typeof instants);
          return;
        }
        const different = [...instants].find(([key, point]) => !samePoint(range.get(key), point));
        expect(different && [...different, range.get(different[0])], query).toBeUndefined();
        expect(range.size, query).toBe(instants.size);
      }),
      { numRuns: 400 },
    );
  });
});
