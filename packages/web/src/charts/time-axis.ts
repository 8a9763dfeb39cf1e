/**
 * Texts of the time axis: as much as the distance of its ticks needs, in 24 hours.
 *
 * Written by hand and not with `Intl`, which took a third of the page's time: every chart writes its ticks every second.
 */

const DAY_S = 86_400;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** @param stepS the distance of the ticks, which decides what is worth writing */
export function formatTick(atS: number, stepS: number, utc: boolean): string {
  const instant = new Date(atS * 1000);
  // The same fields in either zone: a shifted instant read as UTC.
  const date = utc ? instant : new Date(instant.getTime() - instant.getTimezoneOffset() * 60_000);
  const [hours, minutes] = [date.getUTCHours(), date.getUTCMinutes()];
  const month = MONTHS[date.getUTCMonth()]!;
  if (stepS >= 28 * DAY_S) return `${month} ${two(date.getUTCFullYear() % 100)}`;
  if (stepS >= DAY_S || (hours === 0 && minutes === 0 && stepS >= 600)) return `${date.getUTCDate()} ${month}`;
  const seconds = stepS < 60 ? `:${two(date.getUTCSeconds())}` : "";
  return `${two(hours)}:${two(minutes)}${seconds}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
