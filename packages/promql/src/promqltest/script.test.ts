import { runToEnd, SampleColumns } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { ScriptError } from "./lines.ts";
import { loadSeries } from "./load.ts";
import { parseScript } from "./script.ts";
import { MemoryStorage } from "./storage.ts";

/** The samples of all series after a script's loads, `labels: time=value …`, times in seconds. */
function loaded(script: string): string[] {
  const storage = new MemoryStorage();
  for (const command of parseScript(script)) if (command.kind === "load") loadSeries(command, storage);
  const hints = { startMs: 0, endMs: 0, stepMs: 0, rangeMs: 0, func: "" };
  const columns = new SampleColumns();
  return runToEnd(storage.select([], hints)).series.map((series) => {
    series.read(0, Number.MAX_SAFE_INTEGER, columns);
    const samples = Array.from({ length: columns.length }, (_, i) => {
      const start = columns.hasStart && !Number.isNaN(columns.startMs[i]) ? `@${columns.startMs[i]! / 1000}` : "";
      const value = columns.kinds[i] === 2 ? JSON.stringify(columns.histograms[i]?.positiveBuckets) : columns.values[i];
      return `${columns.timesMs[i]! / 1000}=${columns.kinds[i] === 3 ? "stale" : value}${start}`;
    });
    return `${series.labels}: ${samples.join(" ")}`;
  });
}

describe("load", () => {
  it("puts sample i at i times the step", () => {
    expect(loaded('load 1m\n  b 1 _ stale 4\n  a{x="y"} 1+1x1\n')).toEqual([
      'a{x="y"}: 0=1 60=2',
      "b: 0=1 120=stale 180=4",
    ]);
  });

  it("takes start times, of a series and for all", () => {
    const script = ["load 1m", " a@st _ -30sx1 -1m-30sx1", " a 1 2 3 4 5", " @st -5s _", " b 1 2 3"].join("\n");
    expect(loaded(script)).toEqual(["a: 0=1 60=2@30 120=3@90 180=4@120 240=5@150", "b: 0=1@-5 60=2 120=3@115"]);
  });

  it("adds native histograms with custom buckets for classic ones", () => {
    const script = [
      "load_with_nhcb 1m",
      ' h_bucket{le="1"} 1 2',
      ' h_bucket{le="2"} 3 4',
      ' h_bucket{le="+Inf"} 4 9',
      " h_count 4 9",
      " h_sum 5 6",
      " other 1",
    ].join("\n");
    expect(loaded(script)).toContain("h: 0=[1,2,1] 60=[2,2,5]");
    expect(loaded(script)).toHaveLength(7);
  });

  it("takes the last line of a series that is written twice", () => {
    expect(loaded("load 1m\n a 1 2\n b 1\n a 3")).toEqual(["a: 0=3", "b: 0=1"]);
  });

  it("refuses classic counts that do not fit together", () => {
    const script = 'load_with_nhcb 1m\n h_bucket{le="1"} 5\n h_bucket{le="+Inf"} 4';
    expect(() => loaded(script)).toThrow("count of bucket Infinity is not cumulative");
  });

  it("refuses samples out of order", () => {
    expect(() => loaded("load 1m\n a 1 2 3\n\nload 1m\n a 1")).toThrow(
      "out of order sample for a at 0 ms, after 120000 ms",
    );
  });
});

describe("eval", () => {
  it("reads what is expected", () => {
    const script = [
      "# a comment",
      "eval range from 0 to 10m step 1m30s sum by (a) (rate(x[5m])) # no comment",
      "  expect warn msg: PromQL warning: x",
      "  expect warn regex: y+",
      "  expect no_info",
      '  {a="b"} 1 2',
      "",
      "clear",
      "eval_ordered instant at 5s 1 + 1",
      "  0x10",
    ].join("\n");
    const [range, clear, instant] = parseScript(script);
    expect(range).toMatchObject({
      line: 2,
      query: "sum by (a) (rate(x[5m])) # no comment",
      when: { startMs: 0, endMs: 600_000, stepMs: 90_000 },
      expected: { infos: [], ordered: false, fail: undefined, series: [{ position: 0 }] },
    });
    expect(clear).toEqual({ kind: "clear", line: 8 });
    expect(instant).toMatchObject({ line: 9, when: { atMs: 5000 }, expected: { ordered: true, scalar: 16 } });
  });

  it("reads strings, range vectors and expected failures", () => {
    const [text, vector, failure] = parseScript(
      [
        'eval instant at 0 "a\\n"',
        '  expect string "a\\n"',
        "",
        "eval instant at 5m x[2m]",
        "  expect range vector from 3m to 5m step 1m",
        "  x 1 2 3",
        "",
        "eval_fail instant at 5m x",
        "  expected_fail_message some text",
      ].join("\n"),
    );
    expect(text).toMatchObject({ expected: { text: "a\n" } });
    expect(vector).toMatchObject({ expected: { rangeVector: { startMs: 180_000, endMs: 300_000, stepMs: 60_000 } } });
    expect(failure).toMatchObject({ expected: { fail: [{ text: "some text" }] } });
  });

  it.each([
    ["foo bar", 1, "invalid command"],
    ["\nload x", 2, "not a valid duration string"],
    ["load 1m\n a 1\n a foo", 3, "expected a value"],
    ["load 1m\n a@st -1m\n b 1", 3, "of another series"],
    ['load 1m\n a{b="c d } @st e"}@st -1m\n b 1', 3, "of another series"],
    ["load 1m\n a@st -1m+15s\n a 1", 2, 'expected "x" and a count'],
    ["load 1m\n a@st _x0 -1m\n a 1", 2, "a count of 1 or more"],
    ["load 1m\n a@st -1m\n a 1 2", 3, "has 1 values, the samples are 2"],
    ["eval at 5 x", 1, "invalid eval command"],
    ["eval range from 5m to 1m step 1m x", 1, "is before the start"],
    ["eval instant at 5m x\n x 1 2", 2, "one value a series"],
    ["eval instant at 5m x\n expect warn\n expect no_warn", 3, "cannot be used together"],
    ["eval instant at 5m x\n expect fail\n expect fail", 3, "multiple expect fail lines"],
    ["eval instant at 5m x\n expect maybe", 2, "invalid expect statement"],
    ["eval instant at 5m x\n expect warn regex: (", 2, "invalid regular expression"],
  ])("refuses %j in line %i", (script, line, message) => {
    const error = (() => {
      try {
        return parseScript(script);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ScriptError);
    expect(error).toMatchObject({ line, message: expect.stringContaining(message) });
  });
});
