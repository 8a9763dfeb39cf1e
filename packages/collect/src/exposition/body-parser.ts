/** One parser for each exposition format, behind one shape. */
import { NhcbParser } from "./nhcb-parser.ts";
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

export interface ScrapeBodyOptions extends ProtobufOptions {
  /** Make native histograms with custom buckets of classic ones (default false). */
  readonly convertClassicHistograms?: boolean;
}

export function createScrapeBodyParser(
  format: "text" | "openmetrics" | "protobuf",
  options: ScrapeBodyOptions,
): ScrapeBodyParser {
  const parser = format === "protobuf" ? new ProtobufParser(options) : new ScrapeParser(format);
  return options.convertClassicHistograms ? new NhcbParser(parser, options.classicHistograms) : parser;
}
