/**
 * What the other files of `/proc/[pid]` say. They cost more to read than `stat`, so they are read less often.
 *
 * Sources: proc_pid_status(5), proc_pid_io(5), proc_pid_limits(5), proc_pid_cmdline(5), proc_pid_cgroup(5).
 */
import { ByteScanner, bytesEqual, trimmedText } from "../host/bytes.ts";

const scan = new ByteScanner();
const NEWLINE = 10;
const keyBytes = (text: string) => new TextEncoder().encode(text);

const UID = keyBytes("Uid:");
const SWAP = keyBytes("VmSwap:");
const VOLUNTARY = keyBytes("voluntary_ctxt_switches:");
const NONVOLUNTARY = keyBytes("nonvoluntary_ctxt_switches:");

export interface StatusDetails {
  uid: number;
  swapBytes: number;
  /** Of the first thread only; that is what the kernel says here. */
  voluntarySwitches: number;
  nonvoluntarySwitches: number;
}

/**
 * `/proc/[pid]/status`. What it does not say keeps its value in `out`.
 *
 * Of some 55 lines the first byte is looked at; those behind the swap are passed over where the last two are the ones looked for,
 * as in every kernel so far.
 */
export function parseStatus(bytes: Uint8Array, out: StatusDetails): void {
  for (let at = 0; at < bytes.length; ) {
    switch (bytes[at]) {
      case UID[0]:
        if (startsAt(bytes, at, UID)) out.uid = numberAt(bytes, at + UID.length);
        break;
      case SWAP[0]: {
        if (!startsAt(bytes, at, SWAP)) break;
        out.swapBytes = numberAt(bytes, at + SWAP.length) * 1024;
        const lastTwo = startOfLastTwoLines(bytes);
        if (lastTwo <= at || !startsAt(bytes, lastTwo, VOLUNTARY)) break;
        at = lastTwo;
        continue;
      }
      case VOLUNTARY[0]:
        if (startsAt(bytes, at, VOLUNTARY)) out.voluntarySwitches = numberAt(bytes, at + VOLUNTARY.length);
        break;
      case NONVOLUNTARY[0]:
        if (startsAt(bytes, at, NONVOLUNTARY)) out.nonvoluntarySwitches = numberAt(bytes, at + NONVOLUNTARY.length);
        break;
    }
    const end = bytes.indexOf(NEWLINE, at);
    if (end < 0) return;
    at = end + 1;
  }
}

/** Where the last line but one begins; the content ends with a newline. */
function startOfLastTwoLines(bytes: Uint8Array): number {
  const lastLine = bytes.lastIndexOf(NEWLINE, bytes.length - 2);
  return lastLine <= 0 ? 0 : bytes.lastIndexOf(NEWLINE, lastLine - 1) + 1;
}

function startsAt(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  return bytesEqual(bytes, at, at + key.length, key);
}

function numberAt(bytes: Uint8Array, at: number): number {
  scan.over(bytes).pos = at;
  return scan.number();
}

const READ_BYTES = keyBytes("read_bytes:");
const WRITE_BYTES = keyBytes("write_bytes:");

export interface IoDetails {
  /** Bytes fetched from and sent to storage since the process began. */
  readBytes: number;
  writeBytes: number;
}

/** `/proc/[pid]/io`. */
export function parseIo(bytes: Uint8Array, out: IoDetails): void {
  for (scan.over(bytes); !scan.atEnd; scan.nextLine()) {
    if (!scan.field()) continue;
    const { fieldStart, fieldEnd } = scan;
    if (bytesEqual(bytes, fieldStart, fieldEnd, READ_BYTES)) out.readBytes = scan.number();
    else if (bytesEqual(bytes, fieldStart, fieldEnd, WRITE_BYTES)) out.writeBytes = scan.number();
  }
}

/** The soft limit on open files in `/proc/[pid]/limits`; Infinity where unlimited, NaN where it is not said. */
export function openFilesLimit(limits: string): number {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (soft === "unlimited") return Number.POSITIVE_INFINITY;
  return soft === undefined ? Number.NaN : Number(soft);
}

/** The arguments of `/proc/[pid]/cmdline`, joined by spaces and cut to `maxLength`; "" for kernel threads and zombies. */
export function commandLine(bytes: Uint8Array, maxLength: number): string {
  const shown = bytes.subarray(0, maxLength * 4);
  return trimmedText(shown.map((byte) => (byte < 32 ? 32 : byte))).slice(0, maxLength);
}

/**
 * The cgroup of a process: its path in the unified hierarchy unless it is the root there, else the longest of the version 1
 * paths (a manager may have put the process into some hierarchies only).
 */
export function cgroupPath(cgroup: string): string {
  let longest = "/";
  for (const line of cgroup.split("\n")) {
    const path = /^\d+:[^:]*:(\/.*)$/.exec(line)?.[1];
    if (path === undefined) continue;
    if (line.startsWith("0::") && path !== "/") return path;
    if (path.length > longest.length) longest = path;
  }
  return longest;
}
