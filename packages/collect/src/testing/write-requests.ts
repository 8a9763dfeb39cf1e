/** Makes remote write bodies of both versions. */
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { snappyEncode } from "../ingest/snappy.ts";

export { ProtoWriter };
export type Pairs = readonly (readonly [string, string])[];

export interface WrittenSeries {
  readonly labels: Pairs;
  /** `[value, ms]`; "stale" for the marker. */
  readonly samples?: readonly (readonly [number | "stale", number])[];
  readonly exemplars?: readonly { readonly labels: Pairs; readonly value: number; readonly atMs: number }[];
  /** Writes native histogram messages. */
  readonly histograms?: readonly ((writer: ProtoWriter) => void)[];
  readonly createdMs?: number;
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
}

function sample(writer: ProtoWriter, value: number | "stale", atMs: number): void {
  if (value === "stale") writer.fixed64(1, 2, 0x7ff00000);
  else writer.double(1, value);
  writer.varint(2, atMs);
}

function label(writer: ProtoWriter, [name, value]: readonly [string, string]): void {
  writer.string(1, name).string(2, value);
}

export function writeRequestV1(series: readonly WrittenSeries[]): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter();
  for (const each of series) {
    writer.message(1, (ts) => {
      for (const pair of each.labels) ts.message(1, (inner) => label(inner, pair));
      for (const [value, atMs] of each.samples ?? []) ts.message(2, (inner) => sample(inner, value, atMs));
      for (const exemplar of each.exemplars ?? []) {
        ts.message(3, (inner) => {
          for (const pair of exemplar.labels) inner.message(1, (one) => label(one, pair));
          inner.double(2, exemplar.value).varint(3, exemplar.atMs);
        });
      }
      for (const histogram of each.histograms ?? []) ts.message(4, histogram);
    });
  }
  return writer.finish();
}

export function writeRequestV2(series: readonly WrittenSeries[]): Uint8Array<ArrayBuffer> {
  const symbols = new Map<string, number>([["", 0]]);
  const ref = (text: string) => {
    if (!symbols.has(text)) symbols.set(text, symbols.size);
    return symbols.get(text)!;
  };
  const body = new ProtoWriter();
  for (const each of series) {
    body.message(5, (ts) => {
      ts.packed(1, each.labels.flat().map(ref));
      for (const [value, atMs] of each.samples ?? []) ts.message(2, (inner) => sample(inner, value, atMs));
      for (const histogram of each.histograms ?? []) ts.message(3, histogram);
      for (const exemplar of each.exemplars ?? []) {
        ts.message(4, (inner) => {
          inner.packed(1, exemplar.labels.flat().map(ref)).double(2, exemplar.value).varint(3, exemplar.atMs);
        });
      }
      const { metadata } = each;
      if (metadata !== undefined) {
        ts.message(5, (inner) =>
          inner.varint(1, metadata.type).varint(3, ref(metadata.help)).varint(4, ref(metadata.unit)),
        );
      }
      if (each.createdMs !== undefined) ts.varint(6, each.createdMs);
    });
  }
  const head = new ProtoWriter();
  for (const symbol of symbols.keys()) head.string(4, symbol);
  return Buffer.concat([head.finish(), body.finish()]);
}

export function packed(message: Uint8Array): Uint8Array {
  return snappyEncode(message);
}
