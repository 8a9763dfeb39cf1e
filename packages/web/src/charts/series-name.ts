/** A series written for people: its metric and the labels that tell it apart. */
import type { LabelSet } from "./panel-spec.ts";

/** `node_disk_io_now{device="vda"}`; labels in `without` are left out. */
export function seriesName(labels: LabelSet, without: readonly string[] = []): string {
  const { __name__: name = "", ...rest } = labels;
  const parts = Object.entries(rest)
    .filter(([label]) => !without.includes(label))
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return parts.length === 0 && name !== "" ? name : `${name}{${parts.join(", ")}}`;
}

/** Grafana's form: `{{device}} read`; an empty template gives the series' own name. */
export function fromTemplate(template: string | undefined, labels: LabelSet): string {
  if (template === undefined || template === "" || template === "__auto") return seriesName(labels);
  return template.replaceAll(/\{\{\s*([\w.]+)\s*\}\}/g, (_, label: string) => labels[label] ?? "");
}
