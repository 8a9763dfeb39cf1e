import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEntry } from "./entry-reader.ts";
import { isPlainSeries, plainLabels } from "./plain-series.ts";
import { OpenMetricsLexer, TextLexer } from "./tokens.ts";

const plain = (text: string) => isPlainSeries(Buffer.from(text), 0, Buffer.byteLength(text));

describe("plain series", () => {
  it.each([
    "a",
    "a:b_1",
    "a{}",
    'a{b="c"}',
    'a{b="c",}',
    'a{b="}",c="\\"{,"}',
    'a{_b="\\\\"}',
    'a{b=""}',
  ])("takes %s", (text) => {
    expect(plain(text)).toBe(true);
  });

  it.each([
    "",
    "1a",
    "{",
    'a{b="c"',
    'a{b="c"}x',
    'a{b="c",,}',
    'a{,b="c"}',
    'a{b="c" }',
    'a{"b"="c"}',
    '{"a"}',
    'a{b="é"}',
    'a{b="1",b="2"}',
    'a{__name__="b"}',
    'a{b:c="1"}',
    'a{b="\n"}',
    'a{b="\\\n"}',
    'a{b="c\\"}',
  ])("leaves %j to the thorough reader", (text) => {
    expect(plain(text)).toBe(false);
  });

  it("accepts only what the thorough reader accepts, and says the same", () => {
    const part = fc.constantFrom(
      "a",
      "b1",
      "_",
      ":",
      "{",
      "}",
      "=",
      '"',
      ",",
      "\\",
      "\\n",
      '="',
      '",',
      '"}',
      "x",
      " ",
      "\n",
      "é",
    );
    const likely = fc
      .array(
        fc.tuple(fc.constantFrom("a", "b", "cc", "_d"), fc.constantFrom("", "x", "\\n", '\\"', "}", "{,=", "\\q")),
        { maxLength: 4 },
      )
      .map((labels) => `m{${labels.map(([name, value]) => `${name}="${value}"`).join(",")}}`);
    fc.assert(
      fc.property(
        fc.oneof(
          likely,
          fc.array(part, { maxLength: 12 }).map((parts) => parts.join("")),
        ),
        (text) => {
          if (!plain(text)) return;
          const bytes = Buffer.from(text);
          const line = Buffer.from(`${text} 1\n`);
          for (const format of ["text", "openmetrics"] as const) {
            const lexer = format === "text" ? new TextLexer(line) : new OpenMetricsLexer(line);
            const entry = readEntry(lexer, format);
            expect(entry).toMatchObject({ kind: "series", seriesEnd: bytes.length, value: 1 });
            if (entry.kind === "series") expect(plainLabels(bytes).toString()).toBe(entry.labels.toString());
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
});
