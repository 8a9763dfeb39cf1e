/**
 * Texts of the time axis: as much as the distance of its ticks needs, in 24 hours.
 *
 * Written by hand and not with `Intl`, which took a third of the page's time: every chart writes its ticks every second.
 */

const DAY_S = 86_400;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Texts just made, by what they were made for: sixty charts that follow one clock write the same ticks every second. */
const made = new Map<string, Map<number, string>>();
const MAX_MADE = 200;

/** @param stepS the distance of the ticks, which decides what is worth writing */
export function formatTick(atS: number, stepS: number, utc: boolean): string {
  const setting = utc ? `${stepS} utc` : `${stepS}`;
  let texts = made.get(setting);
  if (texts === undefined || texts.size >= MAX_MADE) {
    if (made.size >= MAX_MADE) made.clear();
    texts = new Map();
    made.set(setting, texts);
  }
  let text = texts.get(atS);
  if (text === undefined) {
    text = tickText(atS, stepS, utc);
    texts.set(atS, text);
  }
  return text;
}

function tickText(atS: number, stepS: number, utc: boolean): string {
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
