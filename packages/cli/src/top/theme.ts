/**
 * Colours of the terminal views: few, and each with one meaning.
 *
 * Severity goes teal, blue, orange, red, which people who confuse red and green tell apart; what is critical is bold as well.
 * Source of the control sequences: ECMA-48, xterm's 256 colours.
 */

/** 0: no colours, only bold, dim and inverse where sent at all; 4: the terminal's 16; 8: 256. */
export type ColorDepth = 0 | 4 | 8;

export const STYLES = [
  "text",
  "dim",
  "bold",
  "title",
  "ok",
  "careful",
  "warning",
  "critical",
  "track",
  "accent",
  "second",
  "selected",
  "header",
  "alert",
  "key",
] as const;
export type Style = (typeof STYLES)[number];

/** By style: SGR parameters for 256 and for 16 colours, and without any. */
const SGR: Readonly<Record<Style, readonly [full: string, basic: string, none: string]>> = {
  text: ["", "", ""],
  dim: ["38;5;245", "90", ""],
  bold: ["1", "1", "1"],
  title: ["1;38;5;252", "1", "1"],
  ok: ["38;5;79", "36", ""],
  careful: ["38;5;75", "34", ""],
  warning: ["38;5;214", "33", "1"],
  critical: ["1;38;5;203", "1;31", "1"],
  track: ["38;5;238", "90", ""],
  accent: ["38;5;117", "36", ""],
  second: ["38;5;180", "33", ""],
  selected: ["48;5;24;38;5;255", "7", "7"],
  header: ["48;5;236;38;5;252", "7", "7"],
  alert: ["1;48;5;52;38;5;217", "1;37;41", "7"],
  key: ["1;38;5;117", "1;36", "1"],
};

/** The sequence that switches to a style from any other. */
export function styleSequence(style: Style, depth: ColorDepth): string {
  const parameters = SGR[style][depth === 8 ? 0 : depth === 4 ? 1 : 2];
  return parameters === "" ? "\x1b[0m" : `\x1b[0;${parameters}m`;
}

/** `text` in a style, for printing line by line. */
export function paint(text: string, style: Style, depth: ColorDepth): string {
  return depth === 0 || style === "text" ? text : `${styleSequence(style, depth)}${text}\x1b[0m`;
}

/**
 * How many colours to use.
 *
 * @param wanted false where the user said `--no-color`
 */
export function colorDepth(env: NodeJS.ProcessEnv, isTerminal: boolean | undefined, wanted: boolean): ColorDepth {
  const { TERM = "", COLORTERM = "", NO_COLOR = "" } = env;
  if (!wanted || !isTerminal || NO_COLOR !== "" || TERM === "dumb" || TERM === "") return 0;
  return /256|direct/.test(TERM) || COLORTERM !== "" ? 8 : 4;
}

/** Shares from which on something deserves attention, worry, action. */
export interface Thresholds {
  readonly careful: number;
  readonly warning: number;
  readonly critical: number;
}

export const USAGE: Thresholds = { careful: 0.5, warning: 0.75, critical: 0.9 };
/** Storage fills slowly and is meant to be used. */
export const FULLNESS: Thresholds = { careful: 0.7, warning: 0.85, critical: 0.95 };
/** Time that tasks spend waiting. */
export const WAITING: Thresholds = { careful: 0.05, warning: 0.2, critical: 0.5 };

export function severity(ratio: number, { careful, warning, critical }: Thresholds = USAGE): Style {
  if (ratio >= critical) return "critical";
  if (ratio >= warning) return "warning";
  return ratio >= careful ? "careful" : "ok";
}
