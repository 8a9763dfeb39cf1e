/**
 * How much it matters to a machine that a series moved so far, by what its name says it counts: a kilobyte more of memory is
 * nothing, however certain it is and however large a share of a small series.
 *
 * Each unit has an amount that just begins to matter; a distance counts `distance / (distance + amount)`, so that twice the
 * amount counts two thirds and what is far beyond counts whole. What has no unit here counts whole: one error is one too many.
 */

/** Share of the machine's memory that begins to matter, and bytes where that is not known. */
const MEMORY_SHARE = 0.002;
const SOME_BYTES = 16 * 2 ** 20;

/** Amounts by the metric's name, the first that fits. Of counters (`_total`) a rate per second. */
const AMOUNTS: readonly (readonly [name: RegExp, amount: number])[] = [
  // Bytes moved over a network or a disk.
  [/_bytes_total$/, 20_000],
  // Time used: shares of a core, a disk, a stall.
  [/_seconds_total$/, 0.01],
  // How long something took.
  [/_(duration|delay|lateness|latency|offset)_seconds$/, 0.02],
  [/_(packets|octets|switches|faults|interrupts|intr|forks|softirqs)_total$/, 50],
  [/_sockstat_\w+_mem$/, 1000],
];

/**
 * @param distance how far it moved, in its own unit, ≥ 0
 * @param memoryBytes of the machine; 0 where it is not known
 * @returns 0–1
 */
export function materiality(name: string, distance: number, memoryBytes: number): number {
  const known = AMOUNTS.find(([pattern]) => pattern.test(name))?.[1];
  const amount = known ?? (/_bytes$/.test(name) ? memoryBytes * MEMORY_SHARE || SOME_BYTES : 0);
  return amount === 0 ? 1 : distance / (distance + amount);
}
