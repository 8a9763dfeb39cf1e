/**
 * V8's efficiency mode, on while there is little to do and off while there is much.
 *
 * An idle program runs most of its code once a second, for which code that was compiled for speed, by four threads, never
 * pays: in the first minutes compiling costs a third of all the CPU that an idle machine is watched with. Under load the same
 * mode halves what a CPU second ingests, and a query costs up to twice as much: it ends with the first request.
 *
 * What runs once a second would be compiled at all, by the quick compiler (Maglev), only after seven minutes. While there is little
 * to do that is done after half a minute: measured, no less CPU in the first two minutes, and about 6 % less after them.
 */
import { setFlagsFromString } from "node:v8";

/** Cores in use above which there is much to do; and below which, for so many readings in a row, there is little. */
const BUSY_CORES = 0.1;
const QUIET_CORES = 0.04;
const QUIET_READINGS = 12;
const EFFICIENT = "--efficiency-mode --invocation-count-for-maglev=30";
/** V8's own default. */
const QUICK = "--no-efficiency-mode --invocation-count-for-maglev=400";
/** The flag is one of V8 13 and 14. */
const FIRST_V8_WITHOUT = 15;

export class Pace {
  readonly #setFlags: (flags: string) => void;
  #isEfficient = false;
  #quiet = 0;
  #cpuSeconds = Number.NaN;
  #atMs = Number.NaN;

  /** @param setFlags as `v8.setFlagsFromString`; does nothing by default where the mode is missing, and within another program */
  constructor(
    setFlags: (flags: string) => void = isOwnProcess() && hasEfficiencyMode() ? setFlagsFromString : () => {},
  ) {
    this.#setFlags = setFlags;
    this.#setEfficient(true);
  }

  /**
   * Call every few seconds.
   *
   * @param cpuSeconds that this program used so far, all threads
   * @param atMs       monotonic clock
   */
  observe(cpuSeconds: number, atMs: number): void {
    const cores = ((cpuSeconds - this.#cpuSeconds) * 1000) / (atMs - this.#atMs);
    this.#cpuSeconds = cpuSeconds;
    this.#atMs = atMs;
    this.#quiet = cores < QUIET_CORES ? this.#quiet + 1 : 0;
    if (cores > BUSY_CORES) this.#setEfficient(false);
    else if (this.#quiet >= QUIET_READINGS) this.#setEfficient(true);
  }

  /** Somebody asks or brings something: what now runs will run again. */
  wake(): void {
    this.#quiet = 0;
    this.#setEfficient(false);
  }

  #setEfficient(isEfficient: boolean): void {
    if (isEfficient === this.#isEfficient) return;
    this.#isEfficient = isEfficient;
    this.#setFlags(isEfficient ? EFFICIENT : QUICK);
  }
}

/** False in tests: the command `start` runs with V8 settings of its own. */
function isOwnProcess(): boolean {
  return process.execArgv.includes("--optimize-for-size");
}

function hasEfficiencyMode(): boolean {
  return Number.parseInt(process.versions.v8, 10) < FIRST_V8_WITHOUT;
}
