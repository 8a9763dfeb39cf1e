/**
 * Is a piece of a file of samples right, and if not, in which line? Asked before the piece is taken in, so that of a wrong
 * piece nothing is.
 */
import { type Appender, AppendOutcome, isDmonError } from "@dmon/model";
import type { ImportFormat, Piece } from "./pieces.ts";

type Importers = Pick<typeof import("@dmon/collect/ingest"), "JsonLinesImporter" | "OpenMetricsImporter">;

export interface Fault {
  /** Of the file, from 1. */
  readonly line: number;
  readonly message: string;
}

const LINE_FEED = 0x0a;
const EOF_LINE = Buffer.from("# EOF\n");

export function findFault(importers: Importers, piece: Piece, format: ImportFormat): Fault | undefined {
  const { bytes, linesBefore, repeatedLines } = piece;
  const message = messageFor(importers, bytes, format);
  if (message === undefined) return undefined;
  const numbered = /^line (\d+): (.*)$/s.exec(message);
  if (numbered !== null) return { line: linesBefore + Number(numbered[1]), message: numbered[2]! };
  return { line: linesBefore + firstWith(importers, bytes, message) - repeatedLines, message };
}

/**
 * The parser of OpenMetrics says what is wrong, not where: the line is the last of the shortest beginning that is refused with
 * the same words.
 */
function firstWith(importers: Importers, bytes: Buffer, message: string): number {
  const ends: number[] = [];
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) ends.push(at + 1);
  let [low, high] = [1, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const beginning = bytes.subarray(0, ends[middle - 1]);
    const whole = beginning.subarray(-EOF_LINE.length).equals(EOF_LINE)
      ? beginning
      : Buffer.concat([beginning, EOF_LINE]);
    if (messageFor(importers, whole, "openmetrics") === message) high = middle;
    else low = middle + 1;
  }
  return low;
}

function messageFor(importers: Importers, bytes: Buffer, format: ImportFormat): string | undefined {
  const importer =
    format === "jsonl" ? new importers.JsonLinesImporter(NOWHERE) : new importers.OpenMetricsImporter(NOWHERE);
  try {
    importer.push(bytes);
    importer.finish();
    return undefined;
  } catch (error) {
    if (isDmonError(error, "bad_import") || isDmonError(error, "bad_exposition")) return error.message;
    throw error;
  }
}

/** Takes everything and keeps nothing. */
const NOWHERE: Appender = {
  define: () => {},
  undefine: () => {},
  appendBatch: () => {},
  resolve: () => 1,
  appendFloat: () => AppendOutcome.OK,
  appendHistogram: () => AppendOutcome.OK,
  appendStale: () => AppendOutcome.OK,
  appendExemplar: () => AppendOutcome.OK,
  setMetadata: () => {},
  newest: () => undefined,
  commit: () => new Float64Array(6),
};
