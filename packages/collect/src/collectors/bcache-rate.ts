/**
 * Sizes as bcache prints them: `1.1M`, `427.5k`, `20.4G`.
 *
 * The digit behind the point is no decimal place. The kernel (`bch_hprint` in drivers/md/bcache/util.c) prints there how many
 * hundreds of the next smaller unit are left: `20.4G` is 20 GiB and 400 MiB.
 */

const PREFIXES = " kMGTPEZY";

/** Bytes; NaN where the text is no size. */
export function parseHprint(text: string): number {
  const match = /^(-?)(\d+)(?:\.(\d+))?([kMGTPEZY]?)/.exec(text);
  if (match === null) return Number.NaN;
  const [, sign = "", whole = "", fraction = "", prefix = ""] = match;
  const unit = 1024 ** PREFIXES.indexOf(prefix === "" ? " " : prefix);
  const size = Number(whole) * unit + (fraction === "" ? 0 : Number(fraction) * (unit / 1024) * 100);
  return sign === "-" ? -size : size;
}
