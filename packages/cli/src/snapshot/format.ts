/** Numbers as people read them. Sizes are powers of 1024 with their names. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `1.5 GiB`; three digits, so that columns stay narrow. */
export function formatBytes(bytes: number): string {
  const [value, unit] = scaled(bytes, 1024, UNITS.length);
  return `${threeDigits(value, unit === 0)} ${UNITS[unit]}`;
}

/** `1.5G`, at most five characters: for tables in which room is short. */
export function formatBytesShort(bytes: number): string {
  const [value, unit] = scaled(bytes, 1024, UNITS.length);
  return `${threeDigits(value, unit === 0)}${unit === 0 ? "" : UNITS[unit]![0]}`;
}

/** `12.3 %` */
export function formatPercent(ratio: number): string {
  return `${percentDigits(ratio)} %`;
}

/** `12.3`, `100`: at most four characters up to 9999 %. */
export function percentDigits(ratio: number): string {
  const percent = ratio * 100;
  return percent >= 99.95 ? percent.toFixed(0) : percent.toFixed(1);
}

/** `3 d 4 h`, `12 min`, `45 s`: the two largest units. */
export function formatDuration(seconds: number): string {
  const units = [
    ["y", 365 * 86_400],
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const parts: string[] = [];
  let rest = Math.max(0, Math.round(seconds));
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    if (count === 0 && parts.length === 0 && name !== "s") continue;
    if (count > 0 || parts.length === 0) parts.push(`${count} ${name}`);
    rest -= count * size;
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return parts.slice(0, 2).join(" ");
}

/** CPU time as ps(1) and top(1) have it: `1:02.50`, `12:05:09`, `3d04h`. */
export function formatCpuTime(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}.${two((seconds * 100) % 100)}`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${Math.floor(seconds / 86_400)}d${two((seconds / 3600) % 24)}h`;
}

function scaled(value: number, base: number, units: number): readonly [value: number, unit: number] {
  let unit = 0;
  let rest = value;
  // 999.5 would be shown with four digits.
  while (rest >= 999.5 && unit < units - 1) {
    rest /= base;
    unit++;
  }
  return [rest, unit];
}

function threeDigits(value: number, whole: boolean): string {
  if (whole) return value.toFixed(0);
  return value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}
