/** What is wrong right now, in words: the alerts line. Limits as people know them from glances and from Prometheus' stock rules. */
import { formatDuration, formatPercent } from "../snapshot/format.ts";
import { FULLNESS, type Style, severity, USAGE, WAITING } from "./theme.ts";
import type { TopReading } from "./top-reading.ts";

export interface Alert {
  /** Names it from one reading to the next. */
  readonly key: string;
  readonly text: string;
  readonly style: Extract<Style, "warning" | "critical">;
  /** How long it has held. */
  readonly seconds: number;
}

type Finding = Omit<Alert, "seconds"> & {
  /** It is a share of the last second: told of only when it lasts. */
  readonly fleeting?: boolean;
};

/** Keys of findings about the last second. */
const FLEETING = /^(?:cpu|iowait|steal|disk|psi|throttled)/;
const FLEETING_SECONDS = 3;
/** An OOM kill is told of for this long. */
const OOM_SHOWN_MS = 5 * 60_000;

export class AlertTracker {
  readonly #sinceMs = new Map<string, number>();
  readonly #oomKills = new Map<string, number>();
  #lastOom: { readonly name: string; readonly atMs: number } | undefined;

  /** The alerts of a reading, the worst first. */
  update(reading: TopReading): Alert[] {
    const findings = [...findingsOf(reading), ...this.#oom(reading)];
    const keys = new Set(findings.map(({ key }) => key));
    for (const key of this.#sinceMs.keys()) if (!keys.has(key)) this.#sinceMs.delete(key);
    const alerts = findings.flatMap(({ fleeting, ...finding }) => {
      const sinceMs = this.#sinceMs.get(finding.key) ?? reading.atMs;
      this.#sinceMs.set(finding.key, sinceMs);
      const seconds = (reading.atMs - sinceMs) / 1000;
      return fleeting === true && seconds < FLEETING_SECONDS ? [] : [{ ...finding, seconds }];
    });
    return alerts.sort((a, b) => rank(a) - rank(b) || b.seconds - a.seconds);
  }

  #oom({ containers, atMs }: TopReading): Finding[] {
    for (const { id, name, oomKills } of containers) {
      if (oomKills > (this.#oomKills.get(id) ?? oomKills)) this.#lastOom = { name, atMs };
      this.#oomKills.set(id, oomKills);
    }
    if (this.#lastOom === undefined || atMs - this.#lastOom.atMs > OOM_SHOWN_MS) return [];
    return [{ key: "oom", text: `${this.#lastOom.name} ran out of memory, killed`, style: "critical" }];
  }
}

export function alertText({ text, seconds }: Alert): string {
  return seconds < 2 ? text : `${text} for ${formatDuration(seconds)}`;
}

function rank({ style }: Alert): number {
  return style === "critical" ? 0 : 1;
}

function findingsOf({ cpu, memory, disk, load, pressure, containers }: TopReading): Finding[] {
  const found: Finding[] = [];
  const check = (key: string, ratio: number, limits: typeof USAGE, text: string) => {
    const style = severity(ratio, limits);
    if (style === "warning" || style === "critical") found.push({ key, text, style, fleeting: FLEETING.test(key) });
  };
  if (cpu !== null) {
    check("cpu", cpu.usedRatio, { ...USAGE, warning: 0.9, critical: 0.98 }, `CPU ${formatPercent(cpu.usedRatio)} busy`);
    check("iowait", cpu.modes.iowait, WAITING, `CPU waits for storage ${formatPercent(cpu.modes.iowait)}`);
    check(
      "steal",
      cpu.modes.steal,
      { ...WAITING, warning: 0.1, critical: 0.25 },
      `CPU stolen ${formatPercent(cpu.modes.steal)}`,
    );
    if (load !== null) {
      const perCore = load.load5 / cpu.cores;
      check("load", perCore, { careful: 1, warning: 2, critical: 5 }, `load ${perCore.toFixed(1)} a core`);
    }
  }
  if (memory !== null) {
    check(
      "memory",
      memory.usedRatio,
      { ...USAGE, warning: 0.85, critical: 0.95 },
      `memory ${formatPercent(memory.usedRatio)} used`,
    );
    check(
      "swap",
      memory.swap.usedRatio,
      { ...USAGE, warning: 0.6, critical: 0.9 },
      `swap ${formatPercent(memory.swap.usedRatio)} used`,
    );
  }
  for (const { mountpoint, usedRatio, inodesUsedRatio, readOnly } of disk?.filesystems ?? []) {
    if (readOnly) continue;
    check(`fs ${mountpoint}`, usedRatio, FULLNESS, `${mountpoint} ${formatPercent(usedRatio)} full`);
    check(
      `inodes ${mountpoint}`,
      inodesUsedRatio ?? 0,
      FULLNESS,
      `${mountpoint} inodes ${formatPercent(inodesUsedRatio ?? 0)} used`,
    );
  }
  for (const { device, busyRatio } of disk?.devices ?? []) {
    check(
      `disk ${device}`,
      busyRatio,
      { ...USAGE, warning: 0.95, critical: 2 },
      `${device} ${formatPercent(busyRatio)} busy`,
    );
  }
  if (pressure !== null) {
    // CPU pressure alone is a busy machine; stalls on memory and storage are what people feel.
    check(
      "psi memory",
      pressure.memory.someRatio,
      { ...WAITING, warning: 0.1, critical: 0.3 },
      `tasks wait for memory ${formatPercent(pressure.memory.someRatio)}`,
    );
    check(
      "psi io",
      pressure.io.someRatio,
      { ...WAITING, warning: 0.4, critical: 0.8 },
      `tasks wait for storage ${formatPercent(pressure.io.someRatio)}`,
    );
  }
  for (const { id, name, throttledRatio, workingSetBytes, memoryLimitBytes } of containers) {
    check(
      `throttled ${id}`,
      throttledRatio,
      { careful: 0.1, warning: 0.25, critical: 1 },
      `${name} throttled ${formatPercent(throttledRatio)}`,
    );
    const ratio = (workingSetBytes ?? 0) / (memoryLimitBytes ?? Number.POSITIVE_INFINITY);
    check(
      `limit ${id}`,
      ratio,
      { careful: 0.8, warning: 0.9, critical: 0.97 },
      `${name} at ${formatPercent(ratio)} of its memory limit`,
    );
  }
  return found;
}
