/** Questions over Prometheus' HTTP API, and the CPU that answering them takes. */
import { setTimeout as sleep } from "node:timers/promises";
import { usageOf } from "./process-usage.ts";
import type { Program } from "./program.ts";

const IDLE_MS = 3000;
/** CPU that a program uses anyway, ms a ms. */
const idleRatios = new WeakMap<Program, number>();

export type Parameters = Readonly<Record<string, string>>;

/** @throws where the answer is not 200 */
export async function ask(program: Program, path: string, parameters: Parameters): Promise<string> {
  const response = await fetch(`${program.url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} ${parameters.query}: ${response.status} ${text.slice(0, 300)}`);
  return text;
}

/**
 * CPU of the whole process for one answer, ms: the least of several, because what else the program does meanwhile only adds.
 * What it does anyway, each second, is measured before the first question and taken off.
 *
 * @throws where the answer holds no series
 */
export async function cpuOf(program: Program, path: string, parameters: Parameters, times: number): Promise<number> {
  const cpuMs = (): number => usageOf(program.pid).cpuSeconds * 1000;
  const idleRatio = idleRatios.get(program) ?? (await idleRatioOf(cpuMs));
  idleRatios.set(program, idleRatio);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const from = { cpuMs: cpuMs(), atMs: performance.now() };
    const text = await ask(program, path, parameters);
    least = Math.min(least, cpuMs() - from.cpuMs - idleRatio * (performance.now() - from.atMs));
    if (text.includes('"result":[]')) throw new Error(`${path} ${parameters.query} has no data`);
  }
  return least;
}

async function idleRatioOf(cpuMs: () => number): Promise<number> {
  const from = { cpuMs: cpuMs(), atMs: performance.now() };
  await sleep(IDLE_MS);
  return (cpuMs() - from.cpuMs) / (performance.now() - from.atMs);
}
