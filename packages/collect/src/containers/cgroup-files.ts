/** Parsing the files of a cgroup. Pure; numbers are NaN where a file does not say them. Source: linux `cgroup-v2.rst`. */
import { ByteScanner, decimalOf } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";

const scan = new ByteScanner();

/** A file of `key value` lines, of which some keys are wanted. Knows their order after the first reading. */
export class KeyedFile {
  readonly #table: KeyTable<number>;

  constructor(keys: readonly string[]) {
    this.#table = new KeyTable((name) => keys.indexOf(name));
  }

  /** Puts the value of the i-th key into `out[i]`; what the file lacks stays. */
  parse(bytes: Uint8Array, out: Float64Array): void {
    this.#table.rewind();
    for (scan.over(bytes); !scan.atEnd; scan.nextLine()) {
      if (!scan.field()) continue;
      const index = this.#table.find(bytes, scan.fieldStart, scan.fieldEnd);
      if (index >= 0) out[index] = scan.number();
    }
  }
}

const LETTER_M = 109;

/** A file of one number; Infinity for `max`. */
export function limitOf(bytes: Uint8Array): number {
  return bytes[0] === LETTER_M ? Number.POSITIVE_INFINITY : decimalOf(bytes);
}

/** `cpu.max`: `max 100000` or `50000 100000`, quota and period in µs. */
export function parseCpuMax(bytes: Uint8Array): { readonly quota: number; readonly period: number } {
  scan.over(bytes);
  if (!scan.field()) return { quota: Number.NaN, period: Number.NaN };
  const quota = limitOf(bytes);
  return { quota, period: scan.number() };
}

const LETTER_S = 115;
const LETTER_F = 102;
const EQUALS = 61;

export interface PressureTotals {
  /** Seconds in which some tasks waited. */
  some: number;
  /** Seconds in which all tasks did. */
  full: number;
}

/** A pressure file: `some avg10=… avg60=… avg300=… total=<µs>` and the same for `full`. Source: linux `psi.rst`. */
export function parsePressure(bytes: Uint8Array, out: PressureTotals): void {
  for (scan.over(bytes); !scan.atEnd; scan.nextLine()) {
    const kind = bytes[scan.pos];
    scan.skipFields(4);
    if (!scan.skipPast(EQUALS)) continue;
    if (kind === LETTER_S) out.some = scan.number() / 1e6;
    else if (kind === LETTER_F) out.full = scan.number() / 1e6;
  }
}

/** What a cgroup did with one block device, since it began. */
export interface DeviceIo {
  readBytes: number;
  writeBytes: number;
  reads: number;
  writes: number;
}

/** By `major:minor`. */
export type IoByDevice = Map<string, DeviceIo>;

const IO_KEYS: Readonly<Record<string, keyof DeviceIo>> = {
  rbytes: "readBytes",
  wbytes: "writeBytes",
  rios: "reads",
  wios: "writes",
};

/** `io.stat`: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`. */
export function parseIoStat(text: string, out: IoByDevice): void {
  for (const line of text.split("\n")) {
    const [device, ...pairs] = line.split(" ");
    if (device === undefined || !device.includes(":")) continue;
    const io = deviceOf(out, device);
    for (const pair of pairs) {
      const [key, value] = pair.split("=");
      const field = IO_KEYS[key!];
      if (field !== undefined) io[field] = Number(value);
    }
  }
}

/** `blkio.throttle.io_service_bytes`, `…io_serviced`: `8:0 Read 4096`, `8:0 Write 0`, …, `Total 4096`. */
export function parseBlkio(text: string, reads: keyof DeviceIo, writes: keyof DeviceIo, out: IoByDevice): void {
  for (const line of text.split("\n")) {
    const [device, operation, value] = line.split(" ");
    if (value === undefined) continue;
    if (operation === "Read") deviceOf(out, device!)[reads] = Number(value);
    else if (operation === "Write") deviceOf(out, device!)[writes] = Number(value);
  }
}

function deviceOf(out: IoByDevice, device: string): DeviceIo {
  let io = out.get(device);
  if (io === undefined) {
    io = { readBytes: 0, writeBytes: 0, reads: 0, writes: 0 };
    out.set(device, io);
  }
  return io;
}
