/**
 * Which series a file holds: ids and labels, many in one blob, so that each file can be read alone.
 *
 * Content (deflated, behind a checksum): number of series, their ids as differences, number of symbols, the symbols, then
 * for each series the number of its labels and their symbol numbers. docs/formats/pack-file.md, "Segments".
 */

import { deflateRawSync, inflateRawSync } from "node:zlib";
import { Labels } from "@dmon/model";
import { ByteReader, ByteWriter, CorruptBytes } from "../codec/bytes.ts";
import { checked, unchecked } from "./checked.ts";

/** Series that one segment holds at most. */
export const SEGMENT_SERIES = 4096;

export interface IndexedSeries {
  readonly id: number;
  readonly labels: Labels;
}

/** @param series in ascending order of id */
export function encodeSegment(series: readonly IndexedSeries[]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(series.length * 32);
  const body = new ByteWriter(series.length * 32);
  const symbols = new Map<string, number>();
  out.varint(series.length);
  let last = 0;
  for (const { id, labels } of series) {
    out.varint(id - last);
    last = id;
    body.varint(labels.size);
    for (const text of labels.pairs) {
      let symbol = symbols.get(text);
      if (symbol === undefined) {
        symbol = symbols.size;
        symbols.set(text, symbol);
      }
      body.varint(symbol);
    }
  }
  out.varint(symbols.size);
  for (const text of symbols.keys()) out.text(text);
  out.bytes(body.buffer.subarray(0, body.length));
  return checked(deflateRawSync(out.buffer.subarray(0, out.length)));
}

/** @throws {CorruptBytes} */
export function decodeSegment(blob: Uint8Array): IndexedSeries[] {
  let content: Uint8Array;
  try {
    content = inflateRawSync(unchecked(blob), { maxOutputLength: 256 * 1024 * 1024 });
  } catch (cause) {
    throw new CorruptBytes("segment", { cause });
  }
  const input = new ByteReader(content);
  const ids: number[] = [];
  let id = 0;
  for (let rest = input.count(1); rest > 0; rest--) {
    id += input.varint();
    ids.push(id);
  }
  const symbols = Array.from({ length: input.count(1) }, () => input.text());
  return ids.map((seriesId) => {
    const pairs: string[] = [];
    for (let rest = input.varint() * 2; rest > 0; rest--) {
      const text = symbols[input.varint()];
      if (text === undefined) throw new CorruptBytes("symbol");
      pairs.push(text);
    }
    return { id: seriesId, labels: Labels.fromSortedPairs(pairs) };
  });
}
