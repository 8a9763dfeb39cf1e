/** One parser for each exposition format, behind one shape. */
import type { ParsedScrape } from "./parsed-scrape.ts";
import { type ProtobufOptions, ProtobufParser } from "./protobuf-parser.ts";
import { ScrapeParser } from "./scrape-parser.ts";

/** Remembers what one target says; see {@link ScrapeParser.parse}. */
export interface ScrapeBodyParser {
  /** Lines or series remembered. */
  readonly remembered: number;
  /** @throws {DmonError} `bad_exposition` */
  parse(body: Uint8Array, out: ParsedScrape): void;
}

export function createScrapeBodyParser(
  format: "text" | "openmetrics" | "protobuf",
  options: ProtobufOptions,
): ScrapeBodyParser {
  return format === "protobuf" ? new ProtobufParser(options) : new ScrapeParser(format);
}
