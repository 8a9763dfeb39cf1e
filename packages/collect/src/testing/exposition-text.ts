/**
 * Text of metric families for golden outputs, and a reader of what node_exporter prints, for comparing the two.
 *
 * Both know just what these tests need. The product's own writer and parser live in `exposition/`.
 */
import { formatExpositionFloat, type MetricType } from "@dmon/model";
import type { MetricFamily } from "../families.ts";

/** Text 0.0.4, sorted by name and labels; labels that a series does not have are left out. */
export function printFamilies(families: readonly MetricFamily[]): string {
  let out = "";
  let before = "";
  for (const family of families) {
    if (family.name !== before) {
      const type = family.type === "unknown" ? "untyped" : family.type;
      out += `# HELP ${family.name} ${escapeText(family.help)}\n# TYPE ${family.name} ${type}\n`;
    }
    before = family.name;
    for (const { labelValues, value } of family.samples) {
      out += `${seriesText(family.name, family.labelNames, labelValues)} ${formatExpositionFloat(value)}\n`;
    }
  }
  return out;
}

export interface ReadFamily {
  readonly help: string;
  readonly type: MetricType;
  /** By the series as {@link printFamilies} writes it. */
  readonly samples: Map<string, number>;
}

/** Reads text 0.0.4 as client_golang writes it. */
export function readFamilies(text: string): Map<string, ReadFamily> {
  const families = new Map<string, ReadFamily>();
  let help = "";
  let family: ReadFamily | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("# HELP ")) help = line.slice(line.indexOf(" ", 7) + 1);
    else if (line.startsWith("# TYPE ")) {
      const [, , name, type] = line.split(" ");
      family = { help, type: type === "untyped" ? "unknown" : (type as MetricType), samples: new Map() };
      families.set(name!, family);
    } else if (line !== "" && family !== undefined) {
      const space = line.lastIndexOf(" ");
      family.samples.set(normalized(line.slice(0, space)), goNumber(line.slice(space + 1)));
    }
  }
  return families;
}

/** Our own families in the shape of {@link readFamilies}. */
export function asRead(families: readonly MetricFamily[]): Map<string, ReadFamily> {
  return readFamilies(printFamilies(families));
}

/** Sorted labels, without empty ones. */
function normalized(series: string): string {
  const brace = series.indexOf("{");
  if (brace < 0) return series;
  const labels = [...series.slice(brace).matchAll(/([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"/g)]
    .filter(([, , value]) => value !== "")
    .map(([text]) => text)
    .sort();
  return labels.length === 0 ? series.slice(0, brace) : `${series.slice(0, brace)}{${labels.join(",")}}`;
}

function seriesText(name: string, labelNames: readonly string[], labelValues: readonly string[]): string {
  const labels = labelNames
    .map((label, i) => (labelValues[i] === "" ? "" : `${label}="${escapeValue(labelValues[i]!)}"`))
    .filter((text) => text !== "")
    .sort();
  return labels.length === 0 ? name : `${name}{${labels.join(",")}}`;
}

function goNumber(text: string): number {
  return text === "+Inf" ? Number.POSITIVE_INFINITY : text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeValue(text: string): string {
  return escapeText(text).replaceAll('"', '\\"');
}
