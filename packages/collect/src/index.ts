export type * from "./collector.ts";
export { builtinCollectors } from "./collectors/builtin.ts";
export { COLLECT_ERRORS } from "./errors.ts";
export * from "./exposition/index.ts";
export type * from "./families.ts";
export { detectHostPaths, type HostPaths, type OpenHost, openHost } from "./host/host.ts";
export {
  type CollectLog,
  type CollectorConfig,
  type CollectorStatus,
  createHostCollection,
  type HostCollection,
  type HostCollectionOptions,
} from "./host-collection.ts";
export * from "./scrape/index.ts";
export { nextSourceId } from "./source-id.ts";
