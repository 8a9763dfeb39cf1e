/**
 * `/proc/[pid]/stat`: one line for a process, all its threads together.
 *
 * The name stands in brackets and may itself hold spaces and brackets, so what follows is found from its end.
 * Source: proc_pid_stat(5).
 */
import { ByteScanner } from "../host/bytes.ts";

const CLOSING_BRACKET = 41;
const OPENING_BRACKET = 40;
/** Names are at most 64 bytes (kernel workers show their queue's name); what follows holds no bracket. */
const NAME_ENDS_WITHIN = 100;
/** `PF_KTHREAD` of the kernel's `flags`. */
const KERNEL_THREAD_BIT = 21;
/** From `rss` to `exit_signal`, which is -1 for all threads of a process but its first. */
const FIELDS_BEFORE_EXIT_SIGNAL = 13;
const NO_SIGNAL = -1;

/** What is taken from the line. One is made and filled again and again. */
export class StatLine {
  /** The bytes read, and where in them the name stands: `bytes[nameStart, nameEnd)`. */
  bytes: Uint8Array = new Uint8Array(0);
  nameStart = 0;
  nameEnd = 0;
  /** Character code of the state: R running, S sleeping, D waiting for a disk, Z zombie, T stopped, I idle, … */
  state = 0;
  ppid = 0;
  isKernelThread = false;
  minorFaults = 0;
  majorFaults = 0;
  /** Clock ticks. */
  userTicks = 0;
  systemTicks = 0;
  nice = 0;
  threads = 0;
  /** Clock ticks after boot. */
  startTicks = 0;
  virtualBytes = 0;
  residentPages = 0;

  readonly #scan = new ByteScanner();

  /** False where the bytes are no such line; the fields then mean nothing. */
  parse(bytes: Uint8Array): boolean {
    let close = Math.min(bytes.length, NAME_ENDS_WITHIN) - 1;
    while (close >= 0 && bytes[close] !== CLOSING_BRACKET) close--;
    let open = 0;
    while (open < close && bytes[open] !== OPENING_BRACKET) open++;
    if (close < 0 || open === close) return false;
    this.bytes = bytes;
    this.nameStart = open + 1;
    this.nameEnd = close;
    const scan = this.#scan.over(bytes);
    scan.pos = close + 1;
    if (!scan.field()) return false;
    this.state = bytes[scan.fieldStart]!;
    this.ppid = scan.number();
    scan.skipFields(4);
    this.isKernelThread = ((scan.number() >>> KERNEL_THREAD_BIT) & 1) === 1;
    this.minorFaults = scan.number();
    scan.skipFields(1);
    this.majorFaults = scan.number();
    scan.skipFields(1);
    this.userTicks = scan.number();
    this.systemTicks = scan.number();
    scan.skipFields(3);
    this.nice = scan.number();
    this.threads = scan.number();
    scan.skipFields(1);
    this.startTicks = scan.number();
    this.virtualBytes = scan.number();
    this.residentPages = scan.number();
    return !Number.isNaN(this.residentPages);
  }

  /**
   * Whether the line parsed last, whose bytes are as they were, is of a thread that is not the first of its process. Such have a
   * folder in `/proc` too, which no listing shows.
   */
  isLaterThread(): boolean {
    this.#scan.skipFields(FIELDS_BEFORE_EXIT_SIGNAL);
    return this.#scan.number() === NO_SIGNAL;
  }
}
