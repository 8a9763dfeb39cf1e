/** Texts of the time axis: as much as the distance of its ticks needs, in 24 hours. */

const DAY_S = 86_400;

/** @param stepS the distance of the ticks, which decides what is worth writing */
export function formatTick(atS: number, stepS: number, utc: boolean): string {
  const date = new Date(atS * 1000);
  const zone = utc ? { timeZone: "UTC" } : {};
  const isMidnight =
    (utc ? date.getUTCHours() : date.getHours()) === 0 && (utc ? date.getUTCMinutes() : date.getMinutes()) === 0;
  if (stepS >= 28 * DAY_S) return date.toLocaleDateString("en-GB", { month: "short", year: "2-digit", ...zone });
  if (stepS >= DAY_S || (isMidnight && stepS >= 600)) {
    return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...zone });
  }
  const seconds = stepS < 60 ? { second: "2-digit" as const } : {};
  return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...seconds, ...zone });
}
