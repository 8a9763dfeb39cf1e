/** What scraped targets cost: reading exposition text, one scrape over HTTP, and ten thousand targets kept on time. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  measureParse,
  measureSchedule,
  measureScrape,
  scrapeBody,
} from "../../../packages/collect/src/testing/bench-ingest.ts";
import type { Row, Scenario } from "../scenario.ts";

export const scrape: Scenario = {
  name: "scrape",
  summary:
    "reading exposition text (MB a CPU second), a scrape of 1,000 series, and (not with --quick) 10,000 targets at 15 s",
  async run({ quick, root }) {
    const capture = join(root, "../shared/conformance/exposition/node_exporter-1.11.1-live.txt");
    const body = existsSync(capture) ? readFileSync(capture) : scrapeBody(1000);
    const { knownMBs, newMBs } = measureParse(body);
    const { cpuMs, failed } = await measureScrape(1000, quick ? 1200 : 3000);
    const rows: Row[] = [
      { name: "scrape.parse", value: knownMBs, unit: "MB/CPU s", note: existsSync(capture) ? "a capture" : "made up" },
      { name: "scrape.parse-new", value: newMBs, unit: "MB/CPU s", note: "every line met for the first time" },
      { name: "scrape.cpu", value: cpuMs, unit: "ms", note: failed > 0 ? `${failed} scrapes failed` : undefined },
    ];
    if (quick) return rows;
    const schedule = await measureSchedule();
    return [...rows, { name: "scrape.late", value: schedule.worstLateMs, unit: "ms", note: "10,000 targets at 15 s" }];
  },
};
