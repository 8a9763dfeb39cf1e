/**
 * All processes, once a pass: what each is, and what it used since the pass before.
 *
 * The kernel takes its time over these files, so what is read depends on what a process does (µs of CPU, measured):
 * - `stat` (5) through a descriptor that stays open; opening it anew at each pass would double that.
 * - `schedstat` (1.5) instead, for a process of one thread that did nothing lately: has it run at all since `stat` was read?
 * - `status`, `io`, `fd` (40) when it is met and then every {@link ScannerOptions.detailsEveryMs}, spread over the passes, and
 *   less often while it uses no CPU time.
 * Processes that did nothing for long take turns, and more so on a host with very many of them.
 *
 * `/proc` is listed (3 a process) only where that cannot be avoided: new processes are found by their numbers, those that ended
 * mostly by reading them, and the links of `/proc` count all processes, so that it shows when one was missed.
 *
 * Sources: proc_pid_stat(5), linux `Documentation/scheduler/sched-stats.rst`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { DmonError, messageOf } from "@dmon/model";
import type { Host } from "../collector.ts";
import { decimalOf, trimmedText } from "../host/bytes.ts";
import { linkCount, sizeBytes } from "../host/quick-stat.ts";
import { cgroupPath, commandLine, openFilesLimit, parseIo, parseStatus } from "./details.ts";
import { groupName } from "./group-name.ts";
import { NewNumbers } from "./new-numbers.ts";
import { StatLine } from "./stat-line.ts";
import { TICKS_PER_SECOND } from "./system-constants.ts";
import { TrackedProcess } from "./tracked-process.ts";

export interface ScannerOptions {
  /** Pause between readings of a process' status, io, open files, ms. */
  readonly detailsEveryMs: number;
  /** Off: command lines, which may hold secrets, are not read, and names that the kernel cut stay cut. */
  readonly commandLines: boolean;
  /** At most so many processes' details are read in one pass, so that none is slow, the first least of all. */
  readonly detailsPerPass: number;
}

/** Two descriptors a process stay open for so many of them, at most a quarter of what this program may open. */
const MAX_KEPT_PROCESSES = 2048;
const USUAL_OPEN_FILES = 1024;
/** Above this many processes the idle ones take turns, so that a pass reads about this many. */
const FULL_PASS_PROCESSES = 1000;
/** An idle process is looked at every so many passes at least. */
const MAX_STRIDE = 10;
/** A process that did nothing at so many looks is looked at every second pass, then at every fifth, as an idle kernel thread is. */
const SHORT_IDLE_READS = 10;
const SHORT_IDLE_STRIDE = 2;
const LONG_IDLE_READS = 30;
const LONG_IDLE_STRIDE = 5;
/** `/proc` is listed every so many passes, even where the number of processes stayed the same… */
const MAX_UNLISTED_PASSES = 5;
/** …and where new ones are found by their numbers: a process may be made with a number of its maker's choice (CRIU). */
const MAX_UNLISTED_PASSES_BY_NUMBER = 30;
/** Looking at a number costs at most as much as so many processes of a listing do. */
const LOOK_COSTS_LISTED = 4;
const ALWAYS_LOOKED_AT = 16;
const IDLE_AFTER_READS = 3;
/** Less running time than this since `stat` was read leaves what it says as it is: ticks are ten times as long. */
const SURELY_UNCHANGED_NS = 1e6;
/** Even so `stat` is read every so many passes, where the process ran at all. */
const MAX_STAT_SKIPPED = 10;
/** A process that used no CPU time since its details were read is passed over so many times; one that did not run at all… */
const MAX_DETAILS_SKIPPED = 5;
const MAX_DETAILS_SKIPPED_ASLEEP = 17;
/** Every so many readings of the details also what hardly ever changes is read: limits and cgroup. */
const RARE_EVERY_DETAILS = 6;
const MAX_COMMAND_LINE = 512;
const ZERO = 48;
const NINE = 57;

export class ProcessScanner {
  /** By pid. */
  readonly processes = new Map<number, TrackedProcess>();
  /** Of the last pass: those of which something was read. What they used since the pass before is their `increase`. */
  readonly changed: TrackedProcess[] = [];
  /** Of the last pass: those that ended. */
  readonly gone: TrackedProcess[] = [];
  readonly #host: Host;
  readonly #options: ScannerOptions;
  readonly #stat = new StatLine();
  readonly #maxKept: number;
  /**
   * By pass, as a ring: whom to look at then. Most processes sleep, and merely to pass over some hundred of them costs more than
   * to read a file, because none of it is in the processor's caches after a second.
   */
  readonly #due: TrackedProcess[][] = Array.from({ length: MAX_STRIDE + 1 }, () => []);
  #pass = 0;
  #detailsLeft = 0;
  #listing = 0;
  /** Of `/proc` at the last listing: all of them, and those that are no processes that can be seen. */
  #links = 0;
  #otherLinks = 0;
  #someEnded = false;
  #unlistedPasses = 0;
  readonly #numbers: NewNumbers;
  /** How many numbers were given away since the pass before; NaN where not known. */
  #given = Number.NaN;
  /** Numbers given away before the last pass of which there was nothing to be seen at it. */
  readonly #unclear: number[] = [];

  constructor(host: Host, options: ScannerOptions) {
    this.#host = host;
    this.#options = options;
    this.#numbers = new NewNumbers(host);
    const limits = existsSync("/proc/self/limits") ? readFileSync("/proc/self/limits", "latin1") : "";
    const openFiles = openFilesLimit(limits) || USUAL_OPEN_FILES;
    this.#maxKept = Math.min(MAX_KEPT_PROCESSES, Math.floor(openFiles / 8));
  }

  /**
   * Reads the processes that are due, and tells by {@link changed} and {@link gone} what came of it. A process met at the first
   * pass begins at nothing, one that began later with all it used so far.
   *
   * @throws {DmonError} `host_read` where `/proc` cannot be listed
   */
  scan(nowMs: number): void {
    this.#pass++;
    this.#detailsLeft = this.#options.detailsPerPass;
    for (const process of this.changed) clearIncrease(process);
    this.changed.length = this.gone.length = 0;
    const isListed = this.#isListingDue();
    if (isListed) this.#list();
    else this.#meetByNumber();
    this.#readDue(nowMs);
    if (isListed || !this.#numbers.isTold || this.#countLinks() === this.#otherLinks + this.processes.size) return;
    this.#list();
    this.#readDue(nowMs);
  }

  #readDue(nowMs: number): void {
    const crowd = Math.min(MAX_STRIDE, Math.ceil(this.processes.size / FULL_PASS_PROCESSES));
    const due = this.#dueIn(0);
    for (const process of due) {
      if (process.hasEnded) continue;
      this.#read(process, nowMs);
      if (!process.hasEnded) this.#dueIn(this.#passesUntilNext(process, strideOf(process, crowd))).push(process);
    }
    due.length = 0;
  }

  #dueIn(passes: number): TrackedProcess[] {
    return this.#due[(this.#pass + passes) % this.#due.length]!;
  }

  /** Each process has its own place in the round, so that no pass has to look at all. */
  #passesUntilNext({ pid }: TrackedProcess, stride: number): number {
    return stride - ((pid + this.#pass) % stride);
  }

  close(): void {
    this.#numbers.close();
    for (const process of this.processes.values()) process.closeFiles();
    this.processes.clear();
    for (const due of this.#due) due.length = 0;
  }

  /** Whether new processes can be told only from a list of all. */
  #isListingDue(): boolean {
    const given = this.#numbers.advance();
    this.#given = given;
    this.#unlistedPasses++;
    if (!this.#numbers.isTold) {
      // Where none ended and their number is the same there are, but for a few passes, no new ones to look for.
      const isSame = this.#countLinks() === this.#links && !this.#someEnded;
      return !isSame || this.#unlistedPasses > MAX_UNLISTED_PASSES;
    }
    const worthIt = Math.max(ALWAYS_LOOKED_AT, this.processes.size / LOOK_COSTS_LISTED);
    return !(given <= worthIt) || this.#unlistedPasses >= MAX_UNLISTED_PASSES_BY_NUMBER;
  }

  /** Meets those of the numbers given away since the last pass that are processes. */
  #meetByNumber(): void {
    const { newest } = this.#numbers;
    const unclear = this.#unclear.splice(0);
    for (let pid = newest - this.#given + 1; pid <= newest; pid++) {
      // It may have ended; or it has its number, but is not to be seen yet.
      if (!this.#meetIfThere(pid)) this.#unclear.push(pid);
    }
    for (const pid of unclear) this.#meetIfThere(pid);
  }

  /** @returns whether there is such a process or thread */
  #meetIfThere(pid: number): boolean {
    if (this.processes.has(pid)) return true;
    // Asking costs 2 µs, an exception twenty times that.
    if (!this.#host.exists(this.#host.procPath(`${pid}/stat`))) return false;
    const process = this.#tracked(pid);
    const bytes = process.statFile.tryRead();
    if (bytes !== undefined && this.#stat.parse(bytes) && !this.#stat.isLaterThread()) this.#meet(process);
    else process.closeFiles();
    return bytes !== undefined;
  }

  /** Meets those that are new, and forgets those that are gone. */
  #list(): void {
    const folder = this.#host.procPath();
    // Counted before: what begins or ends meanwhile makes the next pass' count another one.
    this.#links = this.#countLinks();
    let names: readonly string[];
    try {
      names = readdirSync(folder);
    } catch (error) {
      throw cannotList(folder, messageOf(error), error);
    }
    this.#listing++;
    this.#unlistedPasses = 0;
    this.#someEnded = false;
    this.#unclear.length = 0;
    let listed = 0;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const first = name.charCodeAt(0);
      if (first < ZERO || first > NINE) continue;
      const pid = Number(name);
      let process = this.processes.get(pid);
      if (process === undefined) {
        process = this.#tracked(pid);
        this.#meet(process);
      }
      process.seenInListing = this.#listing;
      listed++;
    }
    this.#otherLinks = this.#links - listed;
    if (listed === this.processes.size) return;
    for (const process of this.processes.values()) {
      if (process.seenInListing !== this.#listing) this.#forget(process);
    }
  }

  #countLinks(): number {
    const folder = this.#host.procPath();
    const links = linkCount(folder);
    if (links === undefined) throw cannotList(folder, "it is not there");
    return links;
  }

  #tracked(pid: number): TrackedProcess {
    return new TrackedProcess(pid, this.#host.proc(`${pid}/stat`), this.#host.proc(`${pid}/schedstat`));
  }

  #meet(process: TrackedProcess): void {
    this.processes.set(process.pid, process);
    this.#dueIn(0).push(process);
  }

  #read(process: TrackedProcess, nowMs: number): void {
    if (!this.#hasRun(process)) {
      process.cpuRatio = 0;
      process.idleReads++;
      process.statAtMs = nowMs;
    } else if (!this.#readStat(process, nowMs)) return;
    if (this.processes.size > this.#maxKept) process.closeFiles();
    if (nowMs < process.detailsDueMs || process.isKernelThread || this.#detailsLeft === 0) return;
    if (this.#unchanged(process)) process.detailsDueMs = nowMs + this.#options.detailsEveryMs;
    else this.#readDetails(process, nowMs);
  }

  /** False where `stat` would say what it said before. The kernel counts this for the first thread only. */
  #hasRun(process: TrackedProcess): boolean {
    if (process.threads !== 1 || process.idleReads < IDLE_AFTER_READS) return true;
    const bytes = process.schedstatFile.tryRead();
    if (bytes === undefined) return true;
    const runNs = decimalOf(bytes);
    const ranNs = runNs - process.runNs;
    if (ranNs === 0) return false;
    if (ranNs < SURELY_UNCHANGED_NS && process.statSkipped++ < MAX_STAT_SKIPPED) return false;
    process.runNs = runNs;
    process.statSkipped = 0;
    return true;
  }

  /** @returns false where the process is gone */
  #readStat(process: TrackedProcess, nowMs: number): boolean {
    const bytes = process.statFile.tryRead();
    const same = bytes !== undefined && this.#stat.parse(bytes) && this.#isSame(process);
    // The number may already belong to another process; that one is met at the next pass.
    if (same) this.#takeStat(process, nowMs);
    else this.#forget(process);
    return same;
  }

  #isSame(process: TrackedProcess): boolean {
    return Number.isNaN(process.startTicks) || process.startTicks === this.#stat.startTicks;
  }

  #takeStat(process: TrackedProcess, nowMs: number): void {
    const stat = this.#stat;
    const known = !Number.isNaN(process.startTicks);
    const { increase } = process;
    // Counters of a process that began since the pass before start from the zeros that it was made with.
    const baseline = known || this.#pass > 1 ? process : stat;
    increase.userTicks = Math.max(0, stat.userTicks - baseline.userTicks);
    increase.systemTicks = Math.max(0, stat.systemTicks - baseline.systemTicks);
    increase.minorFaults = stat.minorFaults - baseline.minorFaults;
    increase.majorFaults = stat.majorFaults - baseline.majorFaults;
    this.#note(process);
    const ticks = increase.userTicks + increase.systemTicks;
    const elapsedMs = nowMs - process.statAtMs;
    process.cpuRatio = known && elapsedMs > 0 ? ((ticks / TICKS_PER_SECOND) * 1000) / elapsedMs : 0;
    process.idleReads = ticks === 0 ? process.idleReads + 1 : 0;
    process.statAtMs = nowMs;
    process.startTicks = stat.startTicks;
    process.state = stat.state;
    process.ppid = stat.ppid;
    process.isKernelThread = stat.isKernelThread;
    process.nice = stat.nice;
    process.threads = stat.threads;
    process.virtualBytes = stat.virtualBytes;
    process.residentPages = stat.residentPages;
    process.userTicks = stat.userTicks;
    process.systemTicks = stat.systemTicks;
    process.minorFaults = stat.minorFaults;
    process.majorFaults = stat.majorFaults;
    if (process.takeName(stat)) this.#named(process, known);
  }

  /** A new process, or one that became another program: its command line and its group are other ones now. */
  #named(process: TrackedProcess, known: boolean): void {
    // A kernel worker renames itself with each kind of work; that makes it no other group.
    if (process.isKernelThread && known) return;
    if (!process.isKernelThread && this.#options.commandLines) {
      const bytes = this.#once(process, "cmdline");
      process.commandLine = bytes === undefined ? "" : commandLine(bytes, MAX_COMMAND_LINE);
    }
    process.group = groupName(process.name, process.commandLine, process.isKernelThread);
  }

  #unchanged(process: TrackedProcess): boolean {
    if (process.cpuTicks !== process.detailsCpuTicks) return false;
    // Ticks are coarse; of a process of one thread its running time says for certain.
    const slept = process.threads === 1 && process.runNs === process.detailsRunNs;
    return process.detailsSkipped++ < (slept ? MAX_DETAILS_SKIPPED_ASLEEP : MAX_DETAILS_SKIPPED);
  }

  #readDetails(process: TrackedProcess, nowMs: number): void {
    this.#detailsLeft--;
    this.#note(process);
    process.detailsCpuTicks = process.cpuTicks;
    process.detailsRunNs = process.runNs;
    process.detailsSkipped = 0;
    const { voluntarySwitches, nonvoluntarySwitches, readBytes, writeBytes } = process;
    const status = this.#once(process, "status");
    if (status !== undefined) parseStatus(status, process);
    this.#readIo(process);
    this.#countOpenFiles(process);
    if (process.detailReads % RARE_EVERY_DETAILS === 0) this.#readRare(process);
    const first = process.detailReads++ === 0;
    if (!first || this.#pass > 1) {
      const { increase } = process;
      increase.voluntarySwitches = process.voluntarySwitches - voluntarySwitches;
      increase.nonvoluntarySwitches = process.nonvoluntarySwitches - nonvoluntarySwitches;
      increase.readBytes = process.readBytes - readBytes;
      increase.writeBytes = process.writeBytes - writeBytes;
    }
    const elapsedMs = nowMs - process.detailsAtMs;
    process.readRate = first ? 0 : ((process.readBytes - readBytes) * 1000) / elapsedMs;
    process.writeRate = first ? 0 : ((process.writeBytes - writeBytes) * 1000) / elapsedMs;
    process.detailsAtMs = nowMs;
    // After the first reading each process gets a place of its own in the round.
    const everyMs = this.#options.detailsEveryMs;
    process.detailsDueMs = nowMs + (first ? ((process.pid % 16) + 1) * (everyMs / 16) : everyMs);
  }

  #readIo(process: TrackedProcess): void {
    if (process.ioDenied) return;
    try {
      const io = this.#host.readOnce(this.#host.procPath(`${process.pid}/io`));
      if (io !== undefined) parseIo(io, process);
    } catch {
      process.ioDenied = true;
    }
  }

  /** Since Linux 6.2 the size of the directory is the number of files; before, and where it is 0, they are counted. */
  #countOpenFiles(process: TrackedProcess): void {
    if (process.ioDenied) return;
    const folder = this.#host.procPath(`${process.pid}/fd`);
    try {
      const size = sizeBytes(folder) ?? 0;
      process.openFiles = size > 0 ? size : readdirSync(folder).length;
    } catch {
      process.openFiles = Number.NaN;
    }
  }

  #readRare(process: TrackedProcess): void {
    const limits = this.#once(process, "limits");
    if (limits !== undefined) process.openFilesLimit = openFilesLimit(trimmedText(limits));
    const cgroup = this.#once(process, "cgroup");
    if (cgroup !== undefined) process.cgroup = cgroupPath(trimmedText(cgroup));
  }

  /** A file of the process; undefined where it is gone or belongs to someone who hides it. */
  #once(process: TrackedProcess, file: string): Uint8Array | undefined {
    try {
      return this.#host.readOnce(this.#host.procPath(`${process.pid}/${file}`));
    } catch {
      return undefined;
    }
  }

  #note(process: TrackedProcess): void {
    if (process.isChanged) return;
    process.isChanged = true;
    this.changed.push(process);
  }

  #forget(process: TrackedProcess): void {
    this.#someEnded = true;
    process.hasEnded = true;
    process.closeFiles();
    this.processes.delete(process.pid);
    this.gone.push(process);
  }
}

function cannotList(folder: string, why: string, cause?: unknown): DmonError {
  return new DmonError("host_read", `cannot list ${folder}: ${why}`, { cause });
}

/** Every how many passes a process is looked at. @param crowd the least for those that are idle */
function strideOf({ idleReads, isKernelThread }: TrackedProcess, crowd: number): number {
  if (idleReads < IDLE_AFTER_READS) return 1;
  if (isKernelThread || idleReads >= LONG_IDLE_READS) return Math.max(crowd, LONG_IDLE_STRIDE);
  return idleReads < SHORT_IDLE_READS ? crowd : Math.max(crowd, SHORT_IDLE_STRIDE);
}

function clearIncrease(process: TrackedProcess): void {
  const { increase } = process;
  process.isChanged = false;
  increase.userTicks = increase.systemTicks = increase.minorFaults = increase.majorFaults = 0;
  increase.readBytes = increase.writeBytes = increase.voluntarySwitches = increase.nonvoluntarySwitches = 0;
}
