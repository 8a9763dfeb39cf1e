/**
 * Numbers as people read them: `3.2 GiB`, `12.4 %`, `8.1 ms`, `1.2 k/s`.
 *
 * A unit is named as Grafana names it (`bytes`, `percentunit`, `Bps`, …), so that imported dashboards need no table of
 * their own. Three significant digits; a non-breaking thin space before the unit.
 */

const MAX_AXIS_DECIMALS = 4;
const SPACE = "\u202f";

type Scale = readonly (readonly [factor: number, suffix: string])[];

const BINARY: Scale = [
  [2 ** 60, "EiB"],
  [2 ** 50, "PiB"],
  [2 ** 40, "TiB"],
  [2 ** 30, "GiB"],
  [2 ** 20, "MiB"],
  [2 ** 10, "KiB"],
  [1, "B"],
];
const DECIMAL_BYTES: Scale = decimal("B", "k");
const BITS: Scale = decimal("b", "k");
const HERTZ: Scale = decimal("Hz", "k");
const WATTS: Scale = decimal("W", "k");
const VOLTS: Scale = decimal("V", "k");
const SI: Scale = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
];
const SECONDS: Scale = [
  [365 * 86_400, "y"],
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "µs"],
  [1e-9, "ns"],
];

function decimal(unit: string, kilo: string): Scale {
  return [
    [1e12, `T${unit}`],
    [1e9, `G${unit}`],
    [1e6, `M${unit}`],
    [1e3, `${kilo}${unit}`],
    [1, unit],
  ];
}

interface UnitFormat {
  readonly scale: Scale;
  /** Multiplies the value first. */
  readonly factor?: number;
  /** Follows the scaled unit: `/s`. */
  readonly per?: string;
  /** Axis steps are powers of two. */
  readonly binary?: boolean;
  /** Most digits after the point. */
  readonly maxDecimals?: number;
}

const fixed = (suffix: string, factor = 1, maxDecimals = 3): UnitFormat => ({
  scale: [[1, suffix]],
  factor,
  maxDecimals,
});
const perSecond = (what = ""): UnitFormat => ({ scale: SI, per: what === "" ? "/s" : `${what}/s` });

const UNITS: Readonly<Record<string, UnitFormat>> = {
  none: { scale: [[1, ""]] },
  short: { scale: SI },
  percent: fixed("%", 1, 1),
  percentunit: fixed("%", 100, 1),
  bytes: { scale: BINARY, binary: true, maxDecimals: 2 },
  decbytes: { scale: DECIMAL_BYTES },
  mbytes: { scale: BINARY, binary: true, factor: 2 ** 20 },
  gbytes: { scale: BINARY, binary: true, factor: 2 ** 30 },
  deckbytes: { scale: DECIMAL_BYTES, factor: 1e3 },
  decmbytes: { scale: DECIMAL_BYTES, factor: 1e6 },
  decgbytes: { scale: DECIMAL_BYTES, factor: 1e9 },
  KBs: { scale: DECIMAL_BYTES, factor: 1e3, per: "/s" },
  MBs: { scale: DECIMAL_BYTES, factor: 1e6, per: "/s" },
  KiBs: { scale: BINARY, factor: 2 ** 10, per: "/s", binary: true },
  MiBs: { scale: BINARY, factor: 2 ** 20, per: "/s", binary: true },
  Kbits: { scale: BITS, factor: 1e3, per: "/s" },
  Mbits: { scale: BITS, factor: 1e6, per: "/s" },
  Gbits: { scale: BITS, factor: 1e9, per: "/s" },
  kbytes: { scale: BINARY, binary: true, factor: 1024 },
  bits: { scale: BITS },
  decbits: { scale: BITS },
  Bps: { scale: DECIMAL_BYTES, per: "/s" },
  binBps: { scale: BINARY, per: "/s", binary: true },
  bps: { scale: BITS, per: "/s" },
  binbps: { scale: BITS, per: "/s" },
  pps: perSecond(" p"),
  iops: perSecond(" io"),
  ops: perSecond(" ops"),
  reqps: perSecond(" req"),
  eps: perSecond(),
  cps: perSecond(),
  rps: perSecond(),
  wps: perSecond(),
  cores: { scale: [[1, "cores"]] },
  s: { scale: SECONDS },
  ms: { scale: SECONDS, factor: 1e-3 },
  µs: { scale: SECONDS, factor: 1e-6 },
  ns: { scale: SECONDS, factor: 1e-9 },
  m: { scale: SECONDS, factor: 60 },
  h: { scale: SECONDS, factor: 3600 },
  d: { scale: SECONDS, factor: 86_400 },
  dtdurations: { scale: SECONDS },
  dtdurationms: { scale: SECONDS, factor: 1e-3 },
  clocks: { scale: SECONDS },
  clockms: { scale: SECONDS, factor: 1e-3 },
  hertz: { scale: HERTZ },
  rotrpm: fixed("rpm"),
  celsius: fixed("°C"),
  fahrenheit: fixed("°F"),
  humidity: fixed("%H", 1, 1),
  amp: { scale: decimal("A", "k") },
  kwatt: { scale: WATTS, factor: 1e3 },
  dBm: fixed("dBm"),
  currencyUSD: fixed("$"),
  currencyEUR: fixed("€"),
  currencyGBP: fixed("£"),
  locale: fixed(""),
  string: fixed(""),
  opm: { scale: SI, per: " ops/min" },
  rpm: { scale: SI, per: " r/min" },
  watt: { scale: WATTS },
  volt: { scale: VOLTS },
};

const BOOLEANS: Readonly<Record<string, readonly [no: string, yes: string]>> = {
  bool: ["false", "true"],
  bool_yes_no: ["no", "yes"],
  bool_on_off: ["off", "on"],
};

/** True where axis steps should be powers of two. */
export function isBinaryUnit(unit: string): boolean {
  return UNITS[unit]?.binary === true;
}

/**
 * @param unit unknown ones are appended as they are
 * @param decimals digits after the point; default: three significant digits
 */
export function formatValue(value: number | null | undefined, unit: string, decimals?: number): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const words = BOOLEANS[unit];
  if (words !== undefined) return value === 0 ? words[0] : words[1];
  if (unit.startsWith("dateTime")) return new Date(value).toLocaleString();
  const format = UNITS[unit] ?? fixed(unit.replace(/^suffix:/, ""));
  const scaled = value * (format.factor ?? 1);
  const [factor, suffix] = scaleOf(Math.abs(scaled), format.scale);
  const text = formatNumber(scaled / factor, decimals, format.maxDecimals);
  const tail = suffix + (format.per ?? "");
  if (tail === "") return text;
  return /^[a-zA-Z%°µ]/.test(tail) ? text + SPACE + tail : text + tail;
}

/** The step of the scale that a magnitude is written in; zero is written in the plain unit. */
function scaleOf(magnitude: number, scale: Scale): readonly [factor: number, suffix: string] {
  if (magnitude === 0) return scale.find(([factor]) => factor === 1) ?? scale.at(-1)!;
  // A hair below a step, so that 1023.99 is not written as 1024.
  return scale.find(([factor]) => magnitude >= factor * 0.9995) ?? scale.at(-1)!;
}

function formatNumber(value: number, decimals: number | undefined, maxDecimals = 3): string {
  const magnitude = Math.abs(value);
  // Thousands are set apart where there are many digits to count.
  if (magnitude >= 10_000) return minus(value.toLocaleString("en", { maximumFractionDigits: decimals ?? 0 }));
  if (decimals !== undefined) return minus(value.toFixed(decimals));
  if (magnitude !== 0 && magnitude < 0.001) return minus(value.toExponential(1));
  // Below one, a digit more than is asked for: 0.04 % is not nothing.
  if (maxDecimals === 1 && magnitude < 1) return minus(trimZeros(value.toFixed(2)));
  const places = magnitude >= 100 || magnitude === 0 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3;
  const text = value.toFixed(Math.min(places, maxDecimals));
  return minus(Number.isInteger(value) ? String(value) : text);
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/**
 * A value on an axis: no digit more than it takes to tell it from its neighbours, and no digit less (`247.5`, `250`).
 *
 * @param step the distance of the axis' values, in the unit's own scale
 */
export function formatAxisValue(value: number, unit: string, step: number): string {
  const format = UNITS[unit];
  if (BOOLEANS[unit] !== undefined || unit.startsWith("dateTime")) return formatValue(value, unit);
  const scaleFactor = format?.factor ?? 1;
  const [factor] = scaleOf(Math.abs(value * scaleFactor), format?.scale ?? [[1, ""]]);
  const shown = (value * scaleFactor) / factor;
  const tolerance = Math.abs((step * scaleFactor) / factor) / 50;
  let decimals = 0;
  while (decimals < MAX_AXIS_DECIMALS && Math.abs(Number(shown.toFixed(decimals)) - shown) > tolerance) decimals++;
  return formatValue(value, unit, decimals);
}

/** The typographic minus, as wide as a digit. */
function minus(text: string): string {
  return text.startsWith("-") ? `−${text.slice(1)}` : text;
}

/** `3 d 4 h`, `12 min`, `45 s`: a length of time in words, for ages and uptimes. */
export function formatAge(ms: number): string {
  const parts: readonly (readonly [number, string])[] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1000, "s"],
  ];
  const first = parts.findIndex(([size]) => ms >= size);
  if (first === -1) return `0${SPACE}s`;
  const [size, name] = parts[first]!;
  const whole = Math.floor(ms / size);
  const next = parts[first + 1];
  const rest = next === undefined ? 0 : Math.floor((ms % size) / next[0]);
  const head = `${whole}${SPACE}${name}`;
  return next !== undefined && rest > 0 && whole < 10 ? `${head} ${rest}${SPACE}${next[1]}` : head;
}
