export { type LabelMap, type RelabelRule, relabel } from "./relabel.ts";
export type { ScrapeJob } from "./scrape-config.ts";
export { createScrapeManager, type ScrapeManager, type ScrapeManagerOptions } from "./scrape-manager.ts";
export type { ScrapeLog } from "./scrape-pool.ts";
export type { ActiveTarget, DroppedTarget, TargetMetadata } from "./target-status.ts";
