/** prometheus.yml, apart from the rest of the package because its schemas load zod. */
export {
  allScrapeJobs,
  type ConfigCheck,
  checkPrometheusConfig,
  checkReferences,
  type LoadedConfig,
  loadPrometheusConfig,
  parsePrometheusConfig,
} from "./config-check.ts";
export { type TargetGroup, targetGroups, unsupportedDiscovery } from "./discovery-config.ts";
export {
  type PrometheusConfig,
  prometheusConfigSchema,
  scrapeConfigFileSchema,
  scrapeJobsOf,
} from "./prometheus-config.ts";
