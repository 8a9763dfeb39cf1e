/** CPU and memory of processes over a window of time in which nobody touches them. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Usage, usageOf } from "./process-usage.ts";

export interface WindowResult {
  /** CPU seconds a second of wall time, as per cent of one core. */
  readonly corePercent: number;
  /** Median of the resident set, MiB. */
  readonly residentMib: number;
  /** The threads that used most, for the note: `engine 0.08 %`. */
  readonly busiest: string;
}

/** @param windowMs length of the window, ms; memory is read ten times in it */
export async function observe(pids: readonly number[], windowMs: number): Promise<readonly WindowResult[]> {
  const before = pids.map(usageOf);
  const startedMs = performance.now();
  const resident = pids.map((): number[] => []);
  for (let reading = 0; reading < 10; reading++) {
    await sleep(windowMs / 10);
    pids.forEach((pid, i) => {
      resident[i]!.push(usageOf(pid).residentBytes);
    });
  }
  const after = pids.map(usageOf);
  const seconds = (performance.now() - startedMs) / 1000;
  return pids.map((pid, i) => {
    if (after[i]!.threads.size === 0) throw new Error(`process ${pid} ended while it was measured`);
    return {
      corePercent: ((after[i]!.cpuSeconds - before[i]!.cpuSeconds) / seconds) * 100,
      residentMib: median(resident[i]!) / 2 ** 20,
      busiest: busiest(before[i]!, after[i]!, seconds),
    };
  });
}

/** The threads that used most, as per cent of `seconds`. */
export function busiest(before: Usage, after: Usage, seconds: number): string {
  return [...after.threads]
    .map(([thread, used]) => ({
      name: thread.slice(thread.indexOf(" ") + 1),
      percent: ((used - (before.threads.get(thread) ?? 0)) / seconds) * 100,
    }))
    .sort((a, b) => b.percent - a.percent)
    .slice(0, 3)
    .map(({ name, percent }) => `${name} ${percent.toPrecision(3)} %`)
    .join(", ");
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
