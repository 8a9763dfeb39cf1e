/** The unit of a metric by its name's ending, as Prometheus' conventions write it. */

/** @param isRate the value is a rate per second of a counter */
export function unitOfMetric(name: string, isRate: boolean): string {
  const base = name.replace(/_(total|sum)$/, "");
  if (/_bytes$/.test(base)) return isRate ? "binBps" : "bytes";
  if (/_seconds$/.test(base)) return isRate ? "percentunit" : "s";
  if (/_(celsius)$/.test(base)) return "celsius";
  if (/_(ratio)$/.test(base)) return "percentunit";
  if (/_(hertz)$/.test(base)) return "hertz";
  if (/_(volts)$/.test(base)) return "volt";
  if (/_(joules)$/.test(base)) return isRate ? "watt" : "short";
  return isRate ? "eps" : "short";
}

/** Whether a metric is a counter by its name, where its type is not known. */
export function looksLikeCounter(name: string): boolean {
  return /_(total|count|sum|bucket)$/.test(name);
}
