/**
 * The queries of the PromQL compliance tester, against answers of a real Prometheus 3.5.3 over the same generated data.
 *
 * Values must be equal to the last digits but for rounding: sums in another order differ by parts in 10^12. No answer changed
 * between 3.5 and 3.14.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { formatJsonFloat, isDmonError, Labels, type QueryResult, runToEnd } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { createPromqlEngine } from "../engine/engine.ts";
import { MemoryStorage } from "./storage.ts";

const SHARED = fileURLToPath(new URL("../../../../../shared/conformance/promql/", import.meta.url));
const DATA = `${SHARED}demo-data.jsonl.gz`;
const GOLDEN = `${SHARED}compliance-range-A.golden.jsonl.gz`;

/** One line of the recorded answers. */
interface Recorded {
  readonly query: string;
  readonly params: { readonly start: number; readonly end: number; readonly step: number };
  readonly status: number;
  readonly body: {
    readonly data?: { readonly result: readonly { metric: Record<string, string>; values: [number, string][] }[] };
    readonly error?: string;
    readonly warnings?: readonly string[];
    readonly infos?: readonly string[];
  };
}

const RELATIVE_TOLERANCE = 1e-12;

function linesOf<T>(path: string): T[] {
  const text = gunzipSync(readFileSync(path)).toString("utf8").trimEnd();
  return text.split("\n").map((line) => JSON.parse(line) as T);
}

function loadedStorage(): MemoryStorage {
  const storage = new MemoryStorage();
  for (const series of linesOf<{ labels: Record<string, string>; samples: [number, number | "stale"][] }>(DATA)) {
    const labels = Labels.from(series.labels);
    for (const [atMs, value] of series.samples) {
      if (value === "stale") storage.appendStale(labels, atMs);
      else storage.appendFloat(labels, atMs, value);
    }
  }
  return storage;
}

/** Series by their labels, each a list of `time value`. */
function answered({ value }: QueryResult): Map<string, [number, string][]> {
  if (value.type !== "matrix") throw new Error(`a range query gave a ${value.type}`);
  return new Map(
    value.series.map(({ labels, timesMs, values }) => [
      labels.key,
      Array.from(timesMs, (atMs, i): [number, string] => [atMs / 1000, formatJsonFloat(values[i]!)]),
    ]),
  );
}

function expectSame(got: Map<string, [number, string][]>, recorded: Recorded): void {
  const wanted = new Map(recorded.body.data!.result.map(({ metric, values }) => [Labels.from(metric).key, values]));
  expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [key, points] of wanted) {
    const mine = got.get(key)!;
    expect(mine.map(([at]) => at)).toEqual(points.map(([at]) => at));
    const different = points.findIndex(([, text], i) => !sameNumber(text, mine[i]![1]));
    if (different >= 0) expect(mine[different]).toEqual(points[different]);
  }
}

function sameNumber(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= RELATIVE_TOLERANCE * Math.max(Math.abs(x), Math.abs(y), 1e-9);
}

const available = existsSync(GOLDEN) && existsSync(DATA);
if (!available) console.warn(`skipped: the compliance queries, because there is no ${GOLDEN}`);

describe.skipIf(!available)("answers of Prometheus 3.5.3", () => {
  const engine = available ? createPromqlEngine(loadedStorage()) : undefined;
  const recordings = available ? linesOf<Recorded>(GOLDEN) : [];

  it.each(recordings)("$query", (recorded) => {
    const { start, end, step } = recorded.params;
    const query = { query: recorded.query, startMs: start * 1000, endMs: end * 1000, stepMs: step * 1000 };
    if (recorded.status !== 200) {
      const error = thrownBy(() => runToEnd(engine!.range(query)));
      expect(error).toBe(recorded.body.error?.replace(/^invalid parameter "query": /, ""));
      return;
    }
    const result = runToEnd(engine!.range(query));
    expectSame(answered(result), recorded);
    expect([...result.warnings].sort()).toEqual([...(recorded.body.warnings ?? [])].sort());
    expect([...result.infos].sort()).toEqual([...(recorded.body.infos ?? [])].sort());
  });
});

function thrownBy(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isDmonError(error)) return error.message;
    throw error;
  }
}
