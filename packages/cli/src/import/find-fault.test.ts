import * as importers from "@dmon/collect/ingest";
import { describe, expect, it } from "vitest";
import { findFault } from "./find-fault.ts";
import { type ImportFormat, piecesOf } from "./pieces.ts";

async function faultOf(format: ImportFormat, chunks: readonly string[]) {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  for await (const piece of piecesOf(source(), format)) {
    const fault = findFault(importers, piece, format);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** A line of this fills a piece sooner than a hundred short ones. */
const LONG = "x".repeat(3000);

/** More than a piece. */
const many = (line: string): string => line.repeat(Math.ceil((8 * 1024 * 1024) / line.length));

describe("the fault of a file of samples", () => {
  it("is none where all is right", async () => {
    expect(await faultOf("openmetrics", ["# TYPE a gauge\na 1 2\n# EOF\n"])).toBeUndefined();
    expect(await faultOf("jsonl", ['{"labels":{"__name__":"a"},"samples":[[1,2]]}'])).toBeUndefined();
  });

  it.each([
    ["openmetrics", "# TYPE a gauge\na 1 2\na x 3\na 1 4\n# EOF\n", 3, /invalid syntax/],
    ["openmetrics", "# TYPE a gauge\na 1 2\na 3\na 1 4\n", 3, /expected timestamp/],
    ["openmetrics", "a 1 2\n# EOF\na 1 3\n", 3, /after # EOF/],
    ["openmetrics", "# TYPE a gauge\na 1 2\na 1 3\n", 3, /does not end with # EOF/],
    ["openmetrics", "", 1, /does not end with # EOF/],
    ["jsonl", '{"labels":{"__name__":"a"},"samples":[[1,2]]}\n{"labels":1}\n', 2, /^expected/],
  ] as const)("is told with its line (%s %j)", async (format, text, line, message) => {
    expect(await faultOf(format, [text])).toEqual({ line, message: expect.stringMatching(message) });
  });

  it.each([
    ["openmetrics", "# TYPE a gauge\n# HELP a b\n", `a{long="${LONG}"} 1 2\n`, "a x 3\n"],
    ["jsonl", "", `{"labels":{"__name__":"a","long":"${LONG}"},"samples":[[1,2]]}\n`, "{\n"],
  ] as const)("is counted in lines of the file, whichever piece it is in (%s)", async (format, head, good, bad) => {
    const end = format === "openmetrics" ? "# EOF\n" : "";
    const before = head + many(good);
    expect(await faultOf(format, [before, good + end])).toBeUndefined();
    expect(await faultOf(format, [before, end])).toBeUndefined();
    expect(await faultOf(format, [before, good + bad + good])).toMatchObject({ line: before.split("\n").length + 1 });
    if (format === "openmetrics")
      expect(await faultOf(format, [before])).toMatchObject({
        message: expect.stringMatching(/does not end with # EOF/),
      });
  });
});
