/** The section `otlp` of a prometheus.yml as the receiver of OTLP metrics takes it. */
import type { OtlpOptions } from "@dmon/collect/ingest";
import type { PrometheusConfig } from "@dmon/collect/prometheus-config";

export function otlpOptions(prometheus: PrometheusConfig | undefined): OtlpOptions {
  if (prometheus === undefined) return {};
  const { otlp } = prometheus;
  return {
    strategy: otlp.translation_strategy,
    promoteResourceAttributes: otlp.promote_resource_attributes,
    promoteAllResourceAttributes: otlp.promote_all_resource_attributes,
    ignoreResourceAttributes: otlp.ignore_resource_attributes,
    keepIdentifyingResourceAttributes: otlp.keep_identifying_resource_attributes,
    promoteScopeMetadata: otlp.promote_scope_metadata,
    convertHistogramsToNhcb: otlp.convert_histograms_to_nhcb,
    labelNaming: {
      underscoreSanitization: otlp.label_name_underscore_sanitization,
      preserveMultipleUnderscores: otlp.label_name_preserve_multiple_underscores,
    },
  };
}
