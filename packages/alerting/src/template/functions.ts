/**
 * Functions of templates: Go's own and Prometheus'.
 *
 * Source: Go `text/template`, and prometheus `template/template.go` with its documentation page "Template reference".
 */
import { formatFloat, parseDuration } from "@dmon/model";
import { RE2JS } from "re2js";
import { badTemplate } from "./lexer.ts";
import {
  general,
  Int,
  isMap,
  isTrue,
  numberOf,
  printValue,
  sprintf,
  type TemplateSample,
  Time,
  type Value,
} from "./values.ts";

export interface TemplateFunctions {
  /** PromQL at the time of the evaluation. */
  readonly query: (expression: string) => readonly TemplateSample[];
  readonly externalUrl: string;
  readonly nowMs: number;
}

type TemplateFunction = (args: readonly Value[], env: TemplateFunctions) => Value;

/** @throws {DmonError} `bad_template` */
export function callFunction(name: string, args: readonly Value[], env: TemplateFunctions): Value {
  const found = FUNCTIONS[name];
  if (found === undefined) throw badTemplate(`function ${JSON.stringify(name)} not defined`);
  return found(args, env);
}

export function isFunction(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, name);
}

const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  // Go's own.
  and: (args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
  or: (args) => args.find((arg) => isTrue(arg)) ?? args.at(-1),
  not: ([value]) => !isTrue(value),
  len: ([value]) => new Int(lengthOf(value)),
  index: ([value, ...keys]) => keys.reduce(indexOf, value),
  slice: ([value, from, to]) =>
    typeof value === "string" || Array.isArray(value)
      ? value.slice(int(from ?? new Int(0)), to === undefined ? undefined : int(to))
      : fail("cannot slice this"),
  print: (args) => printArgs(args),
  println: (args) => `${args.map(printValue).join(" ")}\n`,
  printf: ([format, ...args]) => sprintf(text(format), args),
  html: (args) => escapeHtml(args.map(printValue).join("")),
  js: (args) =>
    JSON.stringify(args.map(printValue).join(""))
      .slice(1, -1)
      .replaceAll("'", "\\'")
      .replaceAll("<", "\\u003C")
      .replaceAll(">", "\\u003E")
      .replaceAll("&", "\\u0026"),
  urlquery: (args) => escapeQuery(args.map(printValue).join("")),
  eq: ([first, ...others]) => others.some((other) => compare(first, other) === 0),
  ne: ([a, b]) => compare(a, b) !== 0,
  lt: ([a, b]) => order(a, b) < 0,
  le: ([a, b]) => order(a, b) <= 0,
  gt: ([a, b]) => order(a, b) > 0,
  ge: ([a, b]) => order(a, b) >= 0,
  // Prometheus'.
  query: ([expression], env) => env.query(text(expression)).map(sampleValue),
  first: ([list]) =>
    Array.isArray(list) && list.length > 0 ? (list[0] as Value) : fail("first() called on vector with no elements"),
  label: ([name, sample]) => (isMap(sample) && isMap(sample.Labels) ? (sample.Labels[text(name)] ?? "") : ""),
  value: ([sample]) => (isMap(sample) ? sample.Value : fail("value() needs a sample")),
  strvalue: ([sample]) => (isMap(sample) && isMap(sample.Labels) ? (sample.Labels.__value__ ?? "") : ""),
  sortByLabel: ([name, list]) =>
    Array.isArray(list)
      ? [...(list as Value[])].sort((a, b) => compareText(labelOf(a, text(name)), labelOf(b, text(name))))
      : list,
  args: (args) => Object.fromEntries(args.map((arg, i) => [`arg${i}`, arg])),
  tmpl: () => fail("tmpl is not available here"),
  humanize: ([value]) => humanize(float(value)),
  humanize1024: ([value]) => humanize1024(float(value)),
  humanizeDuration: ([value]) => humanizeDuration(float(value)),
  humanizePercentage: ([value]) => `${general(float(value) * 100, 4)}%`,
  humanizeTimestamp: ([value]) => printValue(toTime(float(value))),
  toTime: ([value]) => toTime(float(value)),
  toDuration: ([value]) => goDuration(float(value)),
  parseDuration: ([value]) => parseDuration(text(value)) / 1000,
  now: (_args, env) => env.nowMs / 1000,
  title: ([value]) =>
    text(value).replace(
      /(^|[^\p{L}\p{N}'_])(\p{L})/gu,
      (_all, before: string, letter: string) => before + letter.toUpperCase(),
    ),
  toUpper: ([value]) => text(value).toUpperCase(),
  toLower: ([value]) => text(value).toLowerCase(),
  match: ([pattern, value]) => RE2JS.compile(text(pattern)).matcher(text(value)).find(),
  reReplaceAll: ([pattern, replacement, value]) =>
    RE2JS.compile(text(pattern))
      .matcher(text(value))
      .replaceAll(goReplacement(text(replacement))),
  graphLink: ([expression]) => `/graph?g0.expr=${escapeQuery(text(expression))}&g0.tab=0`,
  tableLink: ([expression]) => `/graph?g0.expr=${escapeQuery(text(expression))}&g0.tab=1`,
  safeHtml: ([value]) => text(value),
  externalURL: (_args, env) => env.externalUrl,
  pathPrefix: (_args, env) => new URL(env.externalUrl || "http://localhost/").pathname.replace(/\/$/, ""),
  stripPort: ([value]) =>
    text(value)
      .replace(/^(\[[^\]]*\]|[^:]*):\d+$/, "$1")
      .replace(/^\[(.*)\]$/, "$1"),
  stripDomain: ([value]) => stripDomain(text(value)),
  urlQueryEscape: ([value]) => escapeQuery(text(value)),
};

function fail(message: string): never {
  throw badTemplate(message);
}

function sampleValue({ labels, value }: TemplateSample): Value {
  return { Labels: { ...labels }, Value: value };
}

function text(value: Value): string {
  return typeof value === "string" ? value : value === undefined ? fail("missing argument") : printValue(value);
}

/** A number, or text that holds one, as Prometheus converts. */
function float(value: Value): number {
  const number = numberOf(value);
  if (number !== undefined) return number;
  if (typeof value === "string" && value.trim() !== "") {
    const parsed = Number(value.replace(/^([+-]?)inf$/i, "$1Infinity"));
    if (!Number.isNaN(parsed) || value === "NaN") return parsed;
  }
  return fail(`can't convert ${JSON.stringify(value)} to float`);
}

function int(value: Value): number {
  return numberOf(value) ?? fail("an integer is needed");
}

function lengthOf(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  return fail(`len of ${printValue(value)}`);
}

function indexOf(value: Value, key: Value): Value {
  if (Array.isArray(value)) {
    const at = int(key);
    return at >= 0 && at < value.length ? (value[at] as Value) : fail(`index out of range: ${at}`);
  }
  // A label that is not there is empty, as in a Go map of strings.
  if (isMap(value)) return value[text(key)] ?? "";
  return fail(`can't index ${printValue(value)}`);
}

function labelOf(sample: Value, name: string): string {
  return isMap(sample) && isMap(sample.Labels) ? String(sample.Labels[name] ?? "") : "";
}

/** Go's `Sprint`: a space between operands when neither is a string. */
function printArgs(args: readonly Value[]): string {
  let out = "";
  args.forEach((arg, i) => {
    if (i > 0 && typeof arg !== "string" && typeof args[i - 1] !== "string") out += " ";
    out += printValue(arg);
  });
  return out;
}

function compare(a: Value, b: Value): number {
  const x = numberOf(a);
  const y = numberOf(b);
  if (x !== undefined && y !== undefined) return x === y ? 0 : x < y ? -1 : 1;
  return a === b ? 0 : compareText(String(a), String(b));
}

function order(a: Value, b: Value): number {
  const comparable =
    (numberOf(a) !== undefined && numberOf(b) !== undefined) || (typeof a === "string" && typeof b === "string");
  return comparable ? compare(a, b) : fail("incompatible types for comparison");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const LARGE = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL = ["m", "u", "n", "p", "f", "a", "z", "y"];

function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return special(value);
  let scaled = value;
  let prefix = "";
  if (Math.abs(value) >= 1) {
    for (const next of LARGE) {
      if (Math.abs(scaled) < 1000) break;
      prefix = next;
      scaled /= 1000;
    }
  } else {
    for (const next of SMALL) {
      if (Math.abs(scaled) >= 1) break;
      prefix = next;
      scaled *= 1000;
    }
  }
  return general(scaled, 4) + prefix;
}

function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return special(value);
  let scaled = value;
  let prefix = "";
  for (const next of ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]) {
    if (Math.abs(scaled) < 1024) break;
    prefix = next;
    scaled /= 1024;
  }
  return general(scaled, 4) + prefix;
}

function special(value: number): string {
  return Number.isFinite(value) ? general(value, 4) : formatFloat(value);
}

function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatFloat(seconds);
  if (seconds === 0) return `${general(seconds, 4)}s`;
  if (Math.abs(seconds) >= 1) {
    const sign = seconds < 0 ? "-" : "";
    const whole = Math.trunc(Math.abs(seconds));
    const [s, m, h, d] = [
      whole % 60,
      Math.trunc(whole / 60) % 60,
      Math.trunc(whole / 3600) % 24,
      Math.trunc(whole / 86_400),
    ];
    if (d !== 0) return `${sign}${d}d ${h}h ${m}m ${s}s`;
    if (h !== 0) return `${sign}${h}h ${m}m ${s}s`;
    if (m !== 0) return `${sign}${m}m ${s}s`;
    return `${sign}${general(Math.abs(seconds), 4)}s`;
  }
  let scaled = seconds;
  let prefix = "";
  for (const next of SMALL) {
    if (Math.abs(scaled) >= 1) break;
    prefix = next;
    scaled *= 1000;
  }
  return `${general(scaled, 4)}${prefix}s`;
}

/** `1h2m3s`, as Go's `time.Duration` prints. */
function goDuration(seconds: number): string {
  const sign = seconds < 0 ? "-" : "";
  const size = Math.abs(seconds);
  if (size === 0) return "0s";
  if (size < 1)
    return `${sign}${size >= 1e-3 ? `${general(size * 1e3, 7)}ms` : size >= 1e-6 ? `${general(size * 1e6, 4)}µs` : `${Math.round(size * 1e9)}ns`}`;
  const hours = Math.trunc(size / 3600);
  const minutes = Math.trunc((size % 3600) / 60);
  const rest = `${Number((size % 60).toFixed(9))}s`;
  return sign + (hours > 0 ? `${hours}h${minutes}m${rest}` : minutes > 0 ? `${minutes}m${rest}` : rest);
}

function toTime(seconds: number): Time {
  const atMs = seconds * 1000;
  return Math.abs(atMs) <= 8.64e15
    ? new Time(atMs)
    : fail(`${formatFloat(seconds)} cannot be represented as a nanoseconds timestamp`);
}

function stripDomain(hostPort: string): string {
  const match = /^(\[.*\]|[^:]*)(:\d+)?$/.exec(hostPort);
  const host = match?.[1] ?? hostPort;
  if (/^[\d.]+$/.test(host) || host.startsWith("[")) return hostPort;
  return host.split(".")[0]! + (match?.[2] ?? "");
}

/** Go's `$1` and `${name}`; RE2JS takes `$1` and `${name}` too, but `$1x` means `${1x}` in Go. */
function goReplacement(replacement: string): string {
  return replacement.replace(/\$(\$|\{\w+\}|\w+)/g, (whole, name: string) => {
    if (name === "$") return "\\$";
    const bare = name.replace(/[{}]/g, "");
    return /^\d+$/.test(bare) ? `$${bare}` : name.startsWith("{") ? whole : `\${${bare}}`;
  });
}

function escapeHtml(value: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&#34;",
    "'": "&#39;",
  };
  return value.replace(/[&<>"']/g, (char) => entities[char]!);
}

/** Go's `url.QueryEscape`. */
function escapeQuery(value: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
