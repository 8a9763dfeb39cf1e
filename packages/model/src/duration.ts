/**
 * Durations as Prometheus writes them: `1h30m`, `15s`, `250ms`, `0`.
 *
 * Units in falling order, each at most once: y (365 d), w, d, h, m, s, ms. Whole numbers only.
 * Source: prometheus/common `model.ParseDuration`.
 */
import { DmonError } from "./errors.ts";

const UNITS = [
  ["y", 365 * 86_400_000],
  ["w", 7 * 86_400_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Largest duration of Prometheus: int64 nanoseconds. */
const MAX_MS = Math.floor(2 ** 63 / 1e6);

/**
 * @returns milliseconds, ≥ 0
 * @throws {DmonError} `bad_duration`
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  const match = DURATION.exec(text);
  if (text === "" || match === null) {
    throw new DmonError(
      "bad_duration",
      `not a valid duration string: ${JSON.stringify(text)}; write it as 15s, 5m or 1h30m`,
    );
  }
  const totalMs = UNITS.reduce((sum, [, unitMs], i) => sum + Number(match[i + 1] ?? 0) * unitMs, 0);
  if (totalMs > MAX_MS) throw new DmonError("bad_duration", `duration out of range: ${JSON.stringify(text)}`);
  return totalMs;
}

/** The exact form that Prometheus prints (`90m` is `1h30m`; years and weeks only where they divide evenly). */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  let restMs = Math.abs(durationMs);
  let out = durationMs < 0 ? "-" : "";
  for (const [unit, unitMs] of UNITS) {
    const exactOnly = unit === "y" || unit === "w";
    if (exactOnly && restMs % unitMs !== 0) continue;
    const count = Math.floor(restMs / unitMs);
    if (count === 0) continue;
    out += `${count}${unit}`;
    restMs -= count * unitMs;
  }
  return out;
}
