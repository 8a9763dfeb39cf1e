/** The schemas of prometheus.yml, apart from the rest of the package because they load zod. */
export { type TargetGroup, targetGroups, unsupportedDiscovery } from "./discovery-config.ts";
export {
  type PrometheusConfig,
  prometheusConfigSchema,
  scrapeConfigFileSchema,
  scrapeJobsOf,
} from "./prometheus-config.ts";
