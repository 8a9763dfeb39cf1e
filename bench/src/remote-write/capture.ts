/** Series out of a captured exposition (text format 0.0.4), and values for them that move as such series do. */
import type { SeriesLabels } from "./sender.ts";

export interface CapturedSeries {
  readonly labels: SeriesLabels;
  readonly isCounter: boolean;
  readonly value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

/** @param added labels of the target, such as `job` and `instance` */
export function readCapture(text: string, added: Readonly<Record<string, string>>): readonly CapturedSeries[] {
  const counters = new Set<string>();
  const series: CapturedSeries[] = [];
  for (const line of text.split("\n")) {
    const [, typed, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (typed !== undefined && type === "counter") counters.add(typed);
    const [, name, inner, value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const pairs: [string, string][] = [["__name__", name], ...Object.entries(added)];
    for (const [, label, escaped] of (inner ?? "").matchAll(LABEL)) {
      pairs.push([label!, escaped!.replace(/\\[\\"n]/g, (sequence) => ESCAPES[sequence]!)]);
    }
    pairs.sort(([a], [b]) => (a < b ? -1 : 1));
    series.push({ labels: pairs, isCounter: counters.has(name), value: Number(value.replace("Inf", "Infinity")) });
  }
  return series;
}

/** Counters grow by a rate of their own, three gauges in four wander a little, the others stand still. */
export function valueAt({ isCounter, value }: CapturedSeries, index: number, round: number): number {
  if (isCounter)
    return value === 0 ? 0 : value + Math.floor(round * (1 + (index % 50)) * (1 + Math.abs(Math.sin(index + round))));
  return index % 4 === 0 ? value : Math.round(value * (1 + 0.05 * Math.sin(index + round / 20)) * 1000) / 1000;
}
