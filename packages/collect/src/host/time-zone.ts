/**
 * The host's time zone at an instant: its abbreviation and its offset east of UTC.
 *
 * JavaScript knows the offset but not the abbreviation ("CET"), which stands in the zone's file.
 * Source: TZif, RFC 9636; the zone is that of TZ, else of `/etc/localtime`, else UTC.
 */
import type { Host } from "../collector.ts";

export interface ZoneOffset {
  readonly name: string;
  readonly offsetSeconds: number;
}

const UTC: ZoneOffset = { name: "UTC", offsetSeconds: 0 };
const HEADER_BYTES = 44;
const TYPE_BYTES = 6;
const MAGIC = 0x545a6966;
const MS_PER_SECOND = 1000;

export function zoneAt(host: Host, atMs: number, zone = process.env.TZ): ZoneOffset {
  try {
    const path =
      zone === undefined || zone === ""
        ? host.rootPath("etc/localtime")
        : host.rootPath(`usr/share/zoneinfo/${zone.replace(/^:/, "")}`);
    const bytes = host.readOnce(path);
    return bytes === undefined ? UTC : parseZone(bytes.slice(), Math.floor(atMs / MS_PER_SECOND));
  } catch {
    return UTC;
  }
}

/**
 * @param atSeconds seconds since the epoch. After the last transition of the file the last type holds; the rule in its
 *   footer is left to files that end decades from now.
 */
export function parseZone(bytes: Uint8Array, atSeconds: number): ZoneOffset {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC) return UTC;
  const version = bytes[4]!;
  const first = blockAt(view, 0, 4);
  return version < 0x32
    ? read(bytes, view, first, atSeconds)
    : read(bytes, view, blockAt(view, first.end, 8), atSeconds);
}

interface Block {
  readonly timeBytes: number;
  readonly times: number;
  readonly timeCount: number;
  readonly types: number;
  readonly typeCount: number;
  readonly names: number;
  readonly end: number;
}

/** Positions within the block whose header begins at `start`; times take `timeBytes` each. */
function blockAt(view: DataView, start: number, timeBytes: number): Block {
  const [isUt, isStd, leap, timeCount, typeCount, charCount] = [0, 1, 2, 3, 4, 5].map((i) =>
    view.getUint32(start + 20 + 4 * i),
  ) as [number, number, number, number, number, number];
  const times = start + HEADER_BYTES;
  const types = times + timeCount * (timeBytes + 1);
  const names = types + typeCount * TYPE_BYTES;
  const end = names + charCount + leap * (timeBytes + 4) + isStd + isUt;
  return { timeBytes, times, timeCount, types, typeCount, names, end };
}

function read(bytes: Uint8Array, view: DataView, block: Block, atSeconds: number): ZoneOffset {
  if (block.typeCount === 0) return UTC;
  let type = 0;
  for (let i = 0; i < block.timeCount; i++) {
    const at = block.times + i * block.timeBytes;
    const time = block.timeBytes === 8 ? Number(view.getBigInt64(at)) : view.getInt32(at);
    if (time > atSeconds) break;
    type = bytes[block.times + block.timeCount * block.timeBytes + i]!;
  }
  const record = block.types + type * TYPE_BYTES;
  const nameAt = block.names + bytes[record + 5]!;
  const name = new TextDecoder().decode(bytes.subarray(nameAt, bytes.indexOf(0, nameAt)));
  return { name, offsetSeconds: view.getInt32(record) };
}
