/**
 * Natural order of texts: runs of digits compare as numbers, so that `node2` comes before `node10`.
 *
 * Source: github.com/facette/natsort, by which Prometheus sorts labels.
 */

const CHUNKS = /\d+|\D+/g;

/** Negative where `a` comes first, positive where `b` does, 0 for the same text. */
export function compareNatural(a: string, b: string): number {
  if (a === b) return 0;
  const left = a.match(CHUNKS) ?? [];
  const right = b.match(CHUNKS) ?? [];
  for (let i = 0; i < left.length; i++) {
    const theirs = right[i];
    if (theirs === undefined) return 1;
    const mine = left[i]!;
    const order = compareChunks(mine, theirs);
    if (order !== 0) return order;
    // All of one text is the beginning of the other.
    if (i === left.length - 1) return -1;
    if (i === right.length - 1) return 1;
  }
  return -1;
}

function compareChunks(a: string, b: string): number {
  if (isNumber(a) && isNumber(b)) return Number(a) - Number(b);
  return a === b ? 0 : a < b ? -1 : 1;
}

function isNumber(chunk: string): boolean {
  return chunk[0]! >= "0" && chunk[0]! <= "9";
}
