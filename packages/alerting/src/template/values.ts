/**
 * Values of a template and how Go's `fmt` prints them. A number is a float64 unless it was written as an integer or counts
 * something; Go keeps the two apart, and so do formats (`%d` of a float is an error text, not a number).
 */
import { formatFloat } from "@dmon/model";

/** An integer, where Go would have one. */
export class Int {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A duration in nanoseconds' precision is not needed: milliseconds. */
export class Time {
  readonly atMs: number;
  constructor(atMs: number) {
    this.atMs = atMs;
  }
}

export interface TemplateSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | Int
  | Time
  | readonly Value[]
  | { readonly [key: string]: Value };

export function isMap(value: Value): value is { readonly [key: string]: Value } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Int) &&
    !(value instanceof Time)
  );
}

/** Go's `truth`: empty things are false. */
export function isTrue(value: Value): boolean {
  if (value instanceof Int) return value.value !== 0;
  if (value instanceof Time) return true;
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

export function numberOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  return value instanceof Int ? value.value : undefined;
}

/** `%v`. */
export function printValue(value: Value): string {
  if (value === undefined) return "<no value>";
  if (value === null) return "<nil>";
  if (typeof value === "number") return formatFloat(value);
  if (value instanceof Int) return String(value.value);
  if (value instanceof Time)
    return `${new Date(value.atMs)
      .toISOString()
      .replace("T", " ")
      .replace(/\.?0*Z$/, "")} +0000 UTC`;
  if (Array.isArray(value)) return `[${value.map(printValue).join(" ")}]`;
  if (isMap(value)) {
    const parts = Object.keys(value)
      .sort()
      .map((key) => `${key}:${printValue(value[key])}`);
    return `map[${parts.join(" ")}]`;
  }
  return String(value);
}

const VERB = /%([-+# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z%])/g;

/** Go's `fmt.Sprintf`, for the verbs that rules use. */
export function sprintf(format: string, args: readonly Value[]): string {
  let next = 0;
  const text = format.replace(
    VERB,
    (whole, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === "%") return "%";
      if (next >= args.length) return `%!${verb}(MISSING)`;
      const hasPrecision = whole.includes(".");
      const digits = hasPrecision ? Number(precision ?? 0) : undefined;
      return pad(formatVerb(verb, args[next++], flags, digits), flags, Number(width ?? 0));
    },
  );
  if (next >= args.length) return text;
  const extra = args.slice(next).map((arg) => `${typeName(arg)}=${printValue(arg)}`);
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

function formatVerb(verb: string, value: Value, flags: string, precision: number | undefined): string {
  const number = numberOf(value);
  const isFloat = typeof value === "number";
  const sign = flags.includes("+") && number !== undefined && number >= 0 ? "+" : "";
  switch (verb) {
    case "v":
      return sign + printValue(value);
    case "s":
      return typeof value === "string"
        ? value.slice(0, precision)
        : number === undefined
          ? printValue(value)
          : wrong(verb, value);
    case "q":
      return typeof value === "string" ? JSON.stringify(value) : wrong(verb, value);
    case "d":
      return value instanceof Int ? sign + String(value.value) : wrong(verb, value);
    case "x":
    case "X": {
      if (!(value instanceof Int)) return wrong(verb, value);
      const hex = value.value.toString(16);
      return verb === "X" ? hex.toUpperCase() : hex;
    }
    case "t":
      return typeof value === "boolean" ? String(value) : wrong(verb, value);
    case "f":
    case "F":
      return isFloat ? sign + special(value, (v) => fixed(v, precision ?? 6)) : wrong(verb, value);
    case "e":
      return isFloat ? sign + special(value, (v) => goExponent(v.toExponential(precision ?? 6))) : wrong(verb, value);
    case "g":
      return isFloat
        ? sign + special(value, (v) => (precision === undefined ? formatFloat(v) : general(v, precision)))
        : wrong(verb, value);
    case "T":
      return typeName(value);
    default:
      return wrong(verb, value);
  }
}

function special(value: number, write: (value: number) => string): string {
  if (Number.isFinite(value)) return write(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** `toFixed` rounds a tie up, Go to the even digit; a tie shows in the exact decimal expansion. */
function fixed(value: number, digits: number): string {
  const text = value.toFixed(Math.min(digits, 100));
  const exact = value.toFixed(Math.min(digits + 40, 100));
  const isTie = /^50*$/.test(exact.slice(text.length + (digits === 0 ? 1 : 0)));
  if (!isTie || digits >= 60) return text;
  const down = exact.slice(0, text.length);
  return "02468".includes(down.at(-1)!) ? down : text;
}

function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** `%.Ng`: N significant digits, without trailing zeros. */
export function general(value: number, precision: number): string {
  const digits = Math.max(1, precision);
  if (value === 0) return "0";
  const [mantissa = "", exponentText = "0"] = value.toExponential(digits - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= digits) {
    const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
    return goExponent(`${short}e${exponentText}`);
  }
  const fixed = value.toFixed(Math.max(0, digits - 1 - exponent));
  return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}

function wrong(verb: string, value: Value): string {
  return `%!${verb}(${typeName(value)}=${printValue(value)})`;
}

function typeName(value: Value): string {
  if (typeof value === "number") return "float64";
  if (value instanceof Int) return "int";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return "map[string]string";
}

function pad(text: string, flags: string, width: number): string {
  if (text.length >= width) return text;
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0")) return text.padStart(width);
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}
