/**
 * Names and texts as the exposition formats write them: which need quoting, how they are escaped for readers that know only
 * legacy names, and how help and label values are escaped.
 *
 * Source: prometheus docs "Exposition formats" and "Escaping schemes", OpenMetrics 1.0.
 */
import { isLegacyLabelName, isLegacyMetricName, METRIC_NAME } from "@dmon/model";
import type { EscapingScheme } from "./write-negotiate.ts";

/** A metric's name under `scheme`; unchanged where the reader takes any UTF-8 name. */
export function escapeMetricName(name: string, scheme: EscapingScheme): string {
  return escapeName(name, scheme, isLegacyMetricName(name), /[a-zA-Z_:]/, /[a-zA-Z0-9_:]/);
}

/** The same for a label's name, which may hold no colon. */
export function escapeLabelName(name: string, scheme: EscapingScheme): string {
  return escapeName(name, scheme, isLegacyLabelName(name), /[a-zA-Z_]/, /[a-zA-Z0-9_]/);
}

function escapeName(name: string, scheme: EscapingScheme, legacy: boolean, first: RegExp, later: RegExp): string {
  if (name === "" || scheme === "allow-utf-8" || legacy) return name;
  let out = scheme === "values" ? "U__" : "";
  let position = 0;
  for (const char of name) {
    const allowed = (position++ === 0 ? first : later).test(char);
    if (scheme === "underscores") out += allowed ? char : "_";
    else if (char === "_") out += "__";
    else if (allowed) out += char;
    else if (scheme === "dots") out += char === "." ? "_dot_" : "__";
    else out += `_${char.codePointAt(0)!.toString(16)}_`;
  }
  return out;
}

/** A family's name in `# HELP`, `# TYPE` and `# UNIT`: quoted unless it is a legacy name. */
export function headerName(name: string): string {
  return isLegacyMetricName(name) ? name : `"${escapeLabelValue(name)}"`;
}

/** A label's value or a quoted name: backslash, line feed and quote are escaped, all else stays. */
export function escapeLabelValue(value: string): string {
  return /[\\\n"]/.test(value) ? value.replace(/[\\\n"]/g, (char) => ESCAPES[char]!) : value;
}

/** The text of `# HELP`. OpenMetrics escapes quotes too, text 0.0.4 does not. */
export function escapeHelp(help: string, openMetrics: boolean): string {
  return help.replace(openMetrics ? /[\\\n"]/g : /[\\\n]/g, (char) => ESCAPES[char]!);
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };

/**
 * All of a sample's line that stands before its value, with the space: `node_cpu_seconds_total{cpu="0",mode="idle"} `.
 *
 * @param name   what the line begins with; stands within the braces where it is no legacy name
 * @param labels flat pairs; the metric's name among them is skipped
 */
export function samplePrefix(
  name: string,
  labels: readonly string[],
  scheme: EscapingScheme,
  canonicalFloat: (label: string, value: string) => string = (_, value) => value,
): string {
  const bare = isLegacyMetricName(name);
  let inner = bare ? "" : `"${escapeLabelValue(name)}"`;
  for (let i = 0; i < labels.length; i += 2) {
    const label = labels[i]!;
    if (label === METRIC_NAME) continue;
    const escaped = escapeLabelName(label, scheme);
    const shown = isLegacyLabelName(escaped) ? escaped : `"${escapeLabelValue(escaped)}"`;
    inner += `${inner === "" ? "" : ","}${shown}="${escapeLabelValue(canonicalFloat(label, labels[i + 1]!))}"`;
  }
  return `${bare ? name : ""}${inner === "" ? "" : `{${inner}}`} `;
}
