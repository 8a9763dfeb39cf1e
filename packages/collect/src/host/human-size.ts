/** Sizes as bcachefs prints them for people: `512`, `108k`, `5.51G`; prefixes are powers of 1024. */

const PREFIXES = " kmgtpezy";

/** NaN where the text is no size. */
export function parseHumanSize(text: string): number {
  const match = /^(-?\d+(?:\.\d+)?)\s*([a-zA-Z]?)/.exec(text.trim());
  const power = match === null ? -1 : PREFIXES.indexOf(match[2] === "" ? " " : match[2]!.toLowerCase());
  return match === null || power < 0 ? Number.NaN : Math.trunc(Number(match[1]) * 1024 ** power);
}
