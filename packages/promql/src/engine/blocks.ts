/**
 * Blocks of steps: what of one series is decoded and computed in one go.
 *
 * They bound both the memory of the decoded samples and the time until the next yield. Nothing is known of a series' density
 * before it is read; a sample a second is assumed, the program's own resolution.
 */

export interface Block {
  readonly fromStep: number;
  readonly toStep: number;
  /** Inclusive bounds of the samples that its steps read, ms. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface BlockShape {
  /** The instant that step 0 reads, and how far the next is; 0 where all steps read the same. */
  readonly firstMs: number;
  readonly stepMs: number;
  readonly count: number;
  /** How far before its instant a step reads, exclusive, and how far after it, ms. */
  readonly beforeMs: number;
  readonly afterMs: number;
  /** Whether each step looks at its whole window again. */
  readonly wholeWindows: boolean;
  /** Bucket of the tier that is read, ms; 0 for raw samples. */
  readonly tierStepMs: number;
}

/** Samples, or points of a tier, that are decoded in one go. A point has several columns. */
const BLOCK_SAMPLES = 100_000;
const BLOCK_POINTS = 20_000;
/** Assumed between two raw samples, ms. */
const SAMPLE_MS = 1000;
/** Steps that lie so many times further apart than they reach are read one by one, and what lies between is not decoded. */
const SPARSE = 10;
/** Samples that the windows of a block may hold together. */
const BLOCK_WORK = 4_000_000;

export function blocksOf(shape: BlockShape): readonly Block[] {
  const { firstMs, stepMs, count, beforeMs, afterMs } = shape;
  const size = stepMs === 0 ? count : Math.max(1, Math.min(count, stepsOfBlock(shape)));
  const blocks: Block[] = [];
  for (let fromStep = 0; fromStep < count; fromStep += size) {
    const toStep = Math.min(count, fromStep + size);
    const startMs = firstMs + fromStep * stepMs - beforeMs + 1;
    blocks.push({ fromStep, toStep, startMs, endMs: firstMs + (toStep - 1) * stepMs + afterMs });
  }
  return blocks;
}

function stepsOfBlock({ stepMs, beforeMs, afterMs, wholeWindows, tierStepMs }: BlockShape): number {
  const isRaw = tierStepMs === 0;
  const blockMs = isRaw ? BLOCK_SAMPLES * SAMPLE_MS : BLOCK_POINTS * tierStepMs;
  if (stepMs > SPARSE * (beforeMs + afterMs)) return 1;
  // At least a window long, or most of what is decoded would be decoded again for the next block.
  const byTime = Math.floor(Math.max(blockMs, beforeMs) / stepMs);
  return wholeWindows
    ? Math.min(byTime, Math.floor(BLOCK_WORK / (beforeMs / (isRaw ? SAMPLE_MS : tierStepMs))))
    : byTime;
}
