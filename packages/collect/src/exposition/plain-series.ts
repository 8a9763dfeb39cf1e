/**
 * Series in the form that almost every exporter writes: `name{label="value",…}` in ASCII, without blanks.
 *
 * Both text formats read it alike, so it is checked here in one pass without tokens and strings; anything else is left to
 * `entry-reader.ts`.
 */
import { type Labels, METRIC_NAME } from "@dmon/model";
import { textOf } from "../bytes/text.ts";
import { writtenLabels } from "./blank-labels.ts";
import { isNamePart, isNameStart } from "./tokens.ts";

/** More labels than this are left to the thorough reader. */
const MAX_LABELS = 32;

/** 1 where a byte may begin a label's name, 2 where it may go on, 4 and 8 the same for a metric's name. */
const CLASS = Uint8Array.from({ length: 256 }, (_, c) => {
  const label = (isNameStart(c) ? 1 : 0) | (isNamePart(c) ? 2 : 0);
  return label | (label & 1 || c === 0x3a ? 4 : 0) | (label & 2 || c === 0x3a ? 8 : 0);
});

/** Where the names of the labels being checked stand. */
const nameStarts = new Int32Array(MAX_LABELS);
const nameEnds = new Int32Array(MAX_LABELS);

/** True where `bytes[start, end)` is a series in the plain form, without a label that stands twice. */
export function isPlainSeries(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  if (at === end || (CLASS[bytes[at]!]! & 4) === 0) return false;
  do at++;
  while (at < end && (CLASS[bytes[at]!]! & 8) !== 0);
  if (at === end) return true;
  if (bytes[at] !== 0x7b) return false;
  at++;
  for (let count = 0; ; count++) {
    if (at < end && bytes[at] === 0x7d) return at + 1 === end;
    const nameStart = at;
    if (at >= end || count === MAX_LABELS || (CLASS[bytes[at]!]! & 1) === 0) return false;
    do at++;
    while (at < end && (CLASS[bytes[at]!]! & 2) !== 0);
    if (at + 1 >= end || bytes[at] !== 0x3d || bytes[at + 1] !== 0x22) return false;
    if (isReserved(bytes, nameStart, at) || standsTwice(bytes, nameStart, at, count)) return false;
    nameStarts[count] = nameStart;
    nameEnds[count] = at;
    at += 2;
    for (; at < end; at++) {
      const c = bytes[at]!;
      if (c === 0x22) break;
      if (c === 0x5c) at++;
      if (c >= 0x80 || c === 0x0a || bytes[at] === 0x0a) return false;
    }
    at++;
    if (at >= end) return false;
    if (bytes[at] === 0x2c) at++;
    else if (bytes[at] !== 0x7d) return false;
  }
}

/** The labels of a series in the plain form. */
export function plainLabels(bytes: Uint8Array): Labels {
  const brace = bytes.indexOf(0x7b);
  const pairs: [string, string][] = [[METRIC_NAME, textOf(bytes, 0, brace < 0 ? bytes.length : brace)]];
  for (let at = brace + 1; brace >= 0 && at < bytes.length && bytes[at] !== 0x7d; ) {
    const equals = bytes.indexOf(0x3d, at);
    let end = equals + 2;
    let escaped = false;
    for (; bytes[end] !== 0x22; end++) {
      if (bytes[end] === 0x5c) {
        escaped = true;
        end++;
      }
    }
    const value = textOf(bytes, equals + 2, end);
    pairs.push([textOf(bytes, at, equals), escaped ? unescapeText(value) : value]);
    at = end + 1;
    if (bytes[at] === 0x2c) at++;
  }
  return writtenLabels(pairs);
}

/** `\\`, `\"` and `\n`; any other backslash stays. */
export function unescapeText(text: string): string {
  return text.includes("\\") ? text.replace(/\\(["\\n])/g, (_, c: string) => (c === "n" ? "\n" : c)) : text;
}

/** Names with two underscores in front: one of them is the metric's own. */
function isReserved(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 2 && bytes[start] === 0x5f && bytes[start + 1] === 0x5f;
}

function standsTwice(bytes: Uint8Array, start: number, end: number, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const other = nameStarts[i]!;
    if (nameEnds[i]! - other !== end - start) continue;
    let k = 0;
    while (start + k < end && bytes[start + k] === bytes[other + k]) k++;
    if (start + k === end) return true;
  }
  return false;
}
