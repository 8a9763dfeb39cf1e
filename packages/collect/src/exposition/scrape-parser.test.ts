import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TextFormat } from "./entry-reader.ts";
import { ParsedScrape } from "./parsed-scrape.ts";
import { ScrapeParser } from "./scrape-parser.ts";

const SHARED = join(import.meta.dirname, "../../../../../shared/conformance/exposition");
const shared = existsSync(SHARED);
if (!shared) console.log("skipped: ../shared/conformance/exposition is absent");

interface ReadSample {
  readonly labels: string;
  readonly value: number;
  readonly timeMs: number;
}

function samplesOf(parser: ScrapeParser, names: Map<number, string>, body: Uint8Array): ReadSample[] {
  const out = new ParsedScrape();
  try {
    parser.parse(body, out);
  } finally {
    for (const { entry, labels } of out.fresh) names.set(entry, labels.toString());
  }
  return Array.from({ length: out.length }, (_, i) => ({
    labels: names.get(out.entries[i]!)!,
    value: out.values[i]!,
    timeMs: out.hasTimes ? out.timesMs[i]! : Number.NaN,
  }));
}

function read(format: TextFormat, text: string | Uint8Array): ReadSample[] {
  return samplesOf(new ScrapeParser(format), new Map(), typeof text === "string" ? Buffer.from(text) : text);
}

function errorOf(format: TextFormat, body: Uint8Array): string {
  try {
    new ScrapeParser(format).parse(body, new ParsedScrape());
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("text format", () => {
  it("reads names, labels, values and timestamps", () => {
    const text = [
      "# HELP a Help \\\\ with\\nline feed.",
      "# TYPE a counter",
      "# a comment",
      "",
      'a{b="c",d="\\"e\\"\\n\\\\"} 1.5e3 1700000000123',
      'a { b = "x" , } -Inf',
      "\t b   +Inf",
      '{"with.dot","la bel"="v"} NaN',
      "c 0.1",
      "d 1234567890123456789",
      "e -0",
    ].join("\n");
    const out = read("text", text);
    expect(out.map((sample) => sample.labels)).toEqual([
      'a{b="c", d="\\"e\\"\\n\\\\"}',
      'a{b="x"}',
      "b",
      '{"with.dot", "la bel"="v"}',
      "c",
      "d",
      "e",
    ]);
    expect(out.map((sample) => sample.value)).toEqual([1500, -Infinity, Infinity, NaN, 0.1, 1234567890123456800, -0]);
    expect(out[0]!.timeMs).toBe(1_700_000_000_123);
  });

  it("says what metadata lines said, once", () => {
    const parser = new ScrapeParser("text");
    const out = new ParsedScrape();
    const body = Buffer.from("# HELP a One.\n# TYPE a gauge\na 1\n");
    parser.parse(body, out);
    expect(out.metadata).toEqual([
      { metric: "a", help: "One." },
      { metric: "a", type: "gauge" },
    ]);
    parser.parse(body, out);
    expect(out.metadata).toEqual([]);
    expect(out.fresh).toEqual([]);
  });

  it("gives le and quantile their one form", () => {
    const text =
      '# TYPE h histogram\nh_bucket{le="1"} 1\n# TYPE s summary\ns{quantile="0.50"} 1\n# TYPE g gauge\ng{le="1"} 1\n';
    expect(read("text", text).map((sample) => sample.labels)).toEqual([
      'h_bucket{le="1.0"}',
      's{quantile="0.5"}',
      'g{le="1"}',
    ]);
  });

  it("refuses a label that stands twice", () => {
    expect(errorOf("text", Buffer.from('a{b="1",b="2"} 1\n'))).toBe('label name "b" is not unique: invalid sample');
  });

  it("reads the same whether it knows the lines or not, in any order", () => {
    const line = fc.tuple(
      fc.constantFrom("a", "ab", "a_b", "abc"),
      fc.option(fc.constantFrom('{x="1"}', '{x="1",y="}"}', '{x="\\"{"}', "{}", '{x=""}'), { nil: "" }),
      fc.constantFrom(" 1", " 2.5 1700000000000", "  7", " NaN", "\t3", " 1e400 ".trimEnd().replace("400", "30")),
    );
    fc.assert(
      fc.property(fc.array(fc.array(line, { maxLength: 8 }), { maxLength: 6 }), (scrapes) => {
        const parser = new ScrapeParser("text");
        const names = new Map<number, string>();
        for (const lines of scrapes) {
          const body = Buffer.from(lines.map((parts) => `${parts.join("")}\n`).join(""));
          expect(samplesOf(parser, names, body)).toEqual(read("text", body));
        }
      }),
    );
  });

  it("reads every double that JavaScript can write", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const text =
          value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : Object.is(value, -0) ? "-0" : String(value);
        const parser = new ScrapeParser("text");
        const body = Buffer.from(`a ${text}\n`);
        const out = new ParsedScrape();
        parser.parse(body, out);
        expect(out.values[0]).toBe(value);
        parser.parse(body, out);
        expect(out.values[0]).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("OpenMetrics", () => {
  it("reads timestamps in seconds and exemplars, known or not", () => {
    const parser = new ScrapeParser("openmetrics");
    const body = Buffer.from(
      '# TYPE a counter\n# UNIT a_seconds seconds\na_total 1 1700000000.5\nb_total{x="1"} 2 # {id="é"} 0.5 1700000000\nc 3 1.5 # {} 1\n# EOF\n',
    );
    const out = new ParsedScrape();
    for (let i = 0; i < 2; i++) {
      parser.parse(body, out);
      expect([...out.timesMs.subarray(0, 3)]).toEqual([1_700_000_000_500, NaN, 1500]);
      expect(
        out.exemplars.map(({ sample, exemplar }) => [
          sample,
          exemplar.labels.toString(),
          exemplar.value,
          exemplar.atMs,
        ]),
      ).toEqual([
        [1, '{id="é"}', 0.5, 1_700_000_000_000],
        [2, "{}", 1, NaN],
      ]);
    }
  });

  it("ends at # EOF and nowhere else", () => {
    expect(errorOf("openmetrics", Buffer.from("a 1\n"))).toBe("data does not end with # EOF");
    expect(errorOf("openmetrics", Buffer.from("a 1\n# EOF\nb 1\n"))).toBe("unexpected data after # EOF");
    expect(read("openmetrics", "# EOF")).toEqual([]);
  });
});

describe("hostile bytes", () => {
  it("give samples or an error of ours, and never anything else", () => {
    const pieces = fc.constantFrom(
      "a",
      "{",
      "}",
      '"',
      "\\",
      "=",
      ",",
      " ",
      "\n",
      "#",
      "1",
      ".",
      "e",
      "-",
      "\t",
      "# TYPE ",
      "# HELP ",
      "# EOF",
      "\xff",
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 40 }),
        fc.constantFrom<TextFormat>("text", "openmetrics"),
        (parts, format) => {
          const body = Buffer.from(parts.join(""), "latin1");
          const parser = new ScrapeParser(format);
          for (let i = 0; i < 2; i++) {
            try {
              parser.parse(body, new ParsedScrape());
            } catch (error) {
              expect((error as { code?: string }).code).toBe("bad_exposition");
            }
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe.skipIf(!shared)("conformance", () => {
  const cases = shared
    ? (JSON.parse(readFileSync(join(SHARED, "textparse-error-cases.json"), "utf8")) as Record<
        "prom_errors" | "om_errors",
        { input: string; err: string }[]
      >)
    : { prom_errors: [], om_errors: [] };

  // The list holds bytes as Latin-1; `EOF` is its word for the regular end.
  const wording = (err: string) => (err === "EOF" ? "" : err.replaceAll("\\u00ff", "\\xff"));

  it.each(cases.prom_errors)("text: $input", ({ input, err }) => {
    expect(errorOf("text", Buffer.from(input, "latin1"))).toBe(wording(err));
  });

  it.each(cases.om_errors)("OpenMetrics: $input", ({ input, err }) => {
    expect(errorOf("openmetrics", Buffer.from(input, "latin1"))).toBe(wording(err));
  });

  const lines = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const large = shared ? readdirSync(SHARED).filter((name) => name.endsWith(".txt")) : [];

  it.each(large)("reads all of %s", (name) => {
    const body = readFileSync(join(SHARED, name));
    const out = read(name.includes(".om.") ? "openmetrics" : "text", body);
    const expected = lines(body.toString());
    expect(out).toHaveLength(expected.length);
    out.forEach((sample, i) => {
      const value = / (\S+)(?: # .*)?$/.exec(expected[i]!)![1]!;
      expect(sample.value).toBe(value === "+Inf" ? Infinity : Number(value));
    });
  });
});
