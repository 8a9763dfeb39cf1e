/** Label sets as bytes: number of pairs, then names and values as length and UTF-8. */
import { Labels } from "@dmon/model";
import { type ByteReader, ByteWriter, CorruptBytes } from "../codec/bytes.ts";

function writeLabels(out: ByteWriter, { pairs }: Labels): void {
  out.varint(pairs.length / 2);
  for (const text of pairs) out.text(text);
}

export function readLabels(input: ByteReader): Labels {
  const count = input.count(2);
  if (count > 255) throw new CorruptBytes("labels");
  const pairs: string[] = [];
  for (let i = 0; i < count * 2; i++) pairs.push(input.text());
  return Labels.fromSortedPairs(pairs);
}

const scratch = new ByteWriter(256);

export function encodeLabels(labels: Labels): Uint8Array<ArrayBuffer> {
  writeLabels(scratch.reset(), labels);
  return scratch.take();
}
