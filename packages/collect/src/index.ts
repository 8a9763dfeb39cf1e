export type * from "./collector.ts";
export type { CollectLog, CollectorStatus } from "./collector-runner.ts";
export { builtinCollectors } from "./collectors/builtin.ts";
export type { ContainerRow, ContainerTable } from "./containers/container-table.ts";
export { HostContainers } from "./containers/host-containers.ts";
export { COLLECT_ERRORS } from "./errors.ts";
export { Exposition, type ExpositionOptions } from "./exposition/write.ts";
export {
  type ExpositionFormat,
  negotiateExposition,
  OPENMETRICS_FORMAT,
  TEXT_FORMAT,
} from "./exposition/write-negotiate.ts";
export type * from "./families.ts";
export { detectHostPaths, type HostPaths, type OpenHost, openHost } from "./host/host.ts";
export { loadLibc } from "./host/libc.ts";
export {
  type CollectorConfig,
  createHostCollection,
  type HostCollection,
  type HostCollectionOptions,
} from "./host-collection.ts";
export { collectorsFor } from "./platform/collectors-for.ts";
export { HostProcesses } from "./processes/host-processes.ts";
export type { ProcessRow, ProcessTable } from "./processes/process-table.ts";
export { nextSourceId } from "./source-id.ts";
