/** The values of `le` and `quantile` in their one form, so that `le="1"` and `le="1.0"` are one series (as in Prometheus 3). */
import { formatExpositionFloat, type Labels, type MetricType, parseGoFloat } from "@dmon/model";
import { withBlanksOf } from "./blank-labels.ts";

/** A float as OpenMetrics writes it: never without a point or an exponent. */
export function formatOpenMetricsFloat(value: number): string {
  const text = formatExpositionFloat(value);
  return /[.eEn]/.test(text) || text.includes("Inf") || text.includes("NaN") ? text : `${text}.0`;
}

export function normalizeFloatLabels(labels: Labels, type: MetricType): Labels {
  const name = type === "histogram" ? "le" : type === "summary" ? "quantile" : "";
  const text = name === "" ? "" : labels.get(name);
  if (text === "") return labels;
  const value = parseGoFloat(text);
  return value === undefined ? labels : withBlanksOf(labels, labels.with(name, formatOpenMetricsFloat(value)));
}
