/**
 * Names of OTLP metrics and attributes as Prometheus names, with unit and type suffixes.
 *
 * Source: the OpenTelemetry specification's Prometheus compatibility, and prometheus/otlptranslator for its unit table.
 */
export type TranslationStrategy =
  | "UnderscoreEscapingWithSuffixes"
  | "UnderscoreEscapingWithoutSuffixes"
  | "NoUTF8EscapingWithSuffixes"
  | "NoTranslation";

/** What decides on suffixes. */
export type NamedKind = "gauge" | "counter" | "updown" | "histogram" | "summary";

const UNITS: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  TiBy: "tibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "1": "",
  "%": "percent",
};
const PER_UNITS: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year",
};

export function metricName(name: string, unit: string, kind: NamedKind, strategy: TranslationStrategy): string {
  if (strategy === "NoTranslation") return name;
  if (strategy === "UnderscoreEscapingWithoutSuffixes") return notDigitFirst(tokensOf(name).join("_"));
  const escaping = strategy === "UnderscoreEscapingWithSuffixes";
  const [main, per] = unitWords(unit, escaping);
  if (!escaping) return withUtf8Suffixes(name, main, per, unit, kind);
  let tokens = tokensOf(name);
  if (main !== "" && !tokens.includes(main)) tokens.push(main);
  if (per !== "" && !tokens.includes(per)) tokens.push("per", per);
  if (kind === "counter") tokens = [...tokens.filter((token) => token !== "total"), "total"];
  if (kind === "gauge" && unit === "1") tokens = [...tokens.filter((token) => token !== "ratio"), "ratio"];
  return notDigitFirst(tokens.join("_"));
}

function withUtf8Suffixes(name: string, main: string, per: string, unit: string, kind: NamedKind): string {
  let out = name;
  const add = (suffix: string) => {
    if (!out.endsWith(`_${suffix}`)) out += `_${suffix}`;
  };
  if (kind === "counter") out = out.replace(/_total$/, "");
  if (main !== "") add(main);
  if (per !== "") add(`per_${per}`);
  if (kind === "counter") add("total");
  if (kind === "gauge" && unit === "1") add("ratio");
  return out;
}

/** Runs of what may stand in a name; everything between them becomes one underscore. */
function tokensOf(name: string): string[] {
  return name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== "");
}

function notDigitFirst(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

/** The words of a unit such as `By/s`; units in braces are remarks and say nothing. */
function unitWords(unit: string, escaping: boolean): [main: string, per: string] {
  const slash = unit.indexOf("/");
  const main = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const per = slash < 0 ? "" : unit.slice(slash + 1).trim();
  const word = (text: string, table: Readonly<Record<string, string>>) => {
    if (text === "" || /[{}]/.test(text)) return "";
    const known = table[text] ?? text;
    return escaping ? tokensOf(known).join("_") : known;
  };
  return [word(main, UNITS), word(per, PER_UNITS)];
}

/** The unit as metadata names it. */
export function metadataUnit(unit: string): string {
  const [main, per] = unitWords(unit, true);
  return per === "" ? main : main === "" ? `per_${per}` : `${main}_per_${per}`;
}

export interface LabelNaming {
  /** A name that begins with one underscore gets `key` before it. Default true. */
  readonly underscoreSanitization?: boolean;
  /** Runs of underscores stay as they are. Default true. */
  readonly preserveMultipleUnderscores?: boolean;
}

export function labelNameOf(attribute: string, strategy: TranslationStrategy, naming: LabelNaming = {}): string {
  if (strategy === "NoTranslation" || strategy === "NoUTF8EscapingWithSuffixes") return attribute;
  const { underscoreSanitization = true, preserveMultipleUnderscores = true } = naming;
  const plain = attribute.replace(/[^a-zA-Z0-9_]/gu, "_");
  const name = preserveMultipleUnderscores ? plain : plain.replace(/_{2,}/g, "_");
  if (/^[0-9]/.test(name)) return `key_${name}`;
  return underscoreSanitization && name.startsWith("_") && !name.startsWith("__") ? `key${name}` : name;
}
