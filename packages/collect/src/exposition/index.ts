export { createScrapeBodyParser, type ScrapeBodyParser } from "./body-parser.ts";
export { checkOpenMetrics } from "./openmetrics-check.ts";
export { type FreshSeries, type MetadataLine, ParsedScrape } from "./parsed-scrape.ts";
