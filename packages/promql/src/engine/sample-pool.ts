/**
 * Columns into which series are decoded, used again by later selectors: most queries read a few hundred samples, and three new
 * blocks of memory cost as much as reading them.
 */
import { SampleColumns } from "@dmon/model";

const MAX_SPARE = 4;
/** Larger ones are given up: 17 bytes a sample. */
const MAX_CAPACITY = 4096;

const spare: SampleColumns[] = [];

export function takeSamples(): SampleColumns {
  return spare.pop() ?? new SampleColumns();
}

/** The caller has no more use for them. One that is dropped on its way need not give back. */
export function giveSamples(samples: SampleColumns): void {
  if (spare.length >= MAX_SPARE || samples.timesMs.length > MAX_CAPACITY) return;
  samples.clear();
  spare.push(samples);
}
