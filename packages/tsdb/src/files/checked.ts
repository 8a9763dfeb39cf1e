/** Blobs with a checksum before them: CRC-32 of what follows, little-endian, four bytes. */
import { crc32 } from "node:zlib";
import { ByteWriter, CorruptBytes } from "../codec/bytes.ts";

/** A copy of the writer's content behind its checksum. */
export function checked(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(content.length + 4);
  out.u32(crc32(content));
  out.bytes(content);
  return out.buffer;
}

/** @throws {CorruptBytes} */
export function unchecked(blob: Uint8Array): Uint8Array {
  if (blob.length < 4) throw new CorruptBytes("too short");
  const content = blob.subarray(4);
  const sum = new DataView(blob.buffer, blob.byteOffset, 4).getUint32(0, true);
  if (crc32(content) !== sum) throw new CorruptBytes("checksum differs");
  return content;
}
