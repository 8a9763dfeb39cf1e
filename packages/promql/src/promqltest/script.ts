/**
 * Test scripts as commands.
 *
 * A script is a sequence of `clear`, `load[_with_nhcb] <step>` and `eval …` blocks; a blank line ends a block, and a line that
 * begins with `#` counts as blank. Source: prometheus `promql/promqltest/README.md`.
 */
import { type Labels, parseDuration } from "@dmon/model";
import { scriptError } from "./cursor.ts";
import { type EvalCommand, parseEval } from "./eval-command.ts";
import { ScriptLines } from "./lines.ts";
import { parseSeriesLine, type SequenceValue } from "./series-line.ts";
import { isStartLine, parseStartLine, type StartOffset } from "./start-times.ts";

interface LoadedSeries {
  readonly labels: Labels;
  /** Sample `i` is at `i * stepMs`. */
  readonly values: readonly SequenceValue[];
  /** Aligned with `values`; empty where the series has no start times. */
  readonly startOffsets: readonly StartOffset[];
}

export interface LoadCommand {
  readonly kind: "load";
  readonly line: number;
  readonly stepMs: number;
  /** Also loads classic histograms as native ones with custom buckets. */
  readonly withCustomBuckets: boolean;
  readonly series: readonly LoadedSeries[];
}

export type Command = { readonly kind: "clear"; readonly line: number } | LoadCommand | EvalCommand;

/** @throws {ScriptError} */
export function parseScript(text: string): Command[] {
  const commands: Command[] = [];
  const lines = new ScriptLines(text);
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (line === "") continue;
    commands.push(lines.located(() => parseCommand(line, lines)));
  }
  return commands;
}

function parseCommand(line: string, lines: ScriptLines): Command {
  const word = line.split(/[ \t]/, 1)[0]!.toLowerCase();
  if (word === "clear") return { kind: "clear", line: lines.number };
  if (word.startsWith("load")) return parseLoad(line, lines);
  if (word.startsWith("eval")) return parseEval(line, lines);
  throw scriptError(`invalid command ${JSON.stringify(line)}; expected load, eval or clear`);
}

const LOAD = /^load(_with_nhcb)?\s+(\S+)$/;

/** @param line the first line of a `load` block, of which `lines` gives the rest */
function parseLoad(line: string, lines: ScriptLines): LoadCommand {
  const [matched, nhcb, step] = LOAD.exec(line) ?? [];
  if (matched === undefined) throw scriptError("invalid load command; write load[_with_nhcb] <step>");
  const number = lines.number;
  // Of a series that is written twice in a block the last line counts.
  const series = new Map<string, LoadedSeries>();
  let defaults: readonly StartOffset[] = [];
  let pending: { labels: Labels; offsets: readonly StartOffset[] } | undefined;
  for (let text = lines.nextOfBlock(); text !== undefined; text = lines.nextOfBlock()) {
    if (isStartLine(text)) {
      if (pending !== undefined) throw scriptError("the @st line before has no following sample line");
      const { labels, offsets } = parseStartLine(text);
      if (labels === undefined) defaults = offsets;
      else pending = { labels, offsets };
      continue;
    }
    const loaded = withStartOffsets(parseSeriesLine(text), pending, defaults);
    series.set(loaded.labels.key, loaded);
    pending = undefined;
  }
  if (pending !== undefined) throw scriptError("the @st line has no following sample line");
  return {
    kind: "load",
    line: number,
    stepMs: parseDuration(step!),
    withCustomBuckets: nhcb !== undefined,
    series: [...series.values()],
  };
}

function withStartOffsets(
  { labels, values }: Pick<LoadedSeries, "labels" | "values">,
  own: { labels: Labels; offsets: readonly StartOffset[] } | undefined,
  defaults: readonly StartOffset[],
): LoadedSeries {
  if (own === undefined) {
    // The default line is repeated as often as needed.
    const startOffsets = defaults.length === 0 ? [] : values.map((_, i) => defaults[i % defaults.length]);
    return { labels, values, startOffsets };
  }
  if (!own.labels.equals(labels)) throw scriptError("the @st line before is of another series");
  if (own.offsets.length !== values.length) {
    throw scriptError(`the @st line has ${own.offsets.length} values, the samples are ${values.length}`);
  }
  return { labels, values, startOffsets: own.offsets };
}
