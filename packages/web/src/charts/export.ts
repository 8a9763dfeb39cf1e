/** Charts as files: CSV and JSON of the shown points, PNG of the drawing with its title and legend. */
import type { Line } from "./lines.ts";
import { hexOf, type Scheme } from "./palette.ts";

/** One row a point in time (ISO 8601, UTC), one column a line; empty where there is no value. */
export function toCsv(times: readonly number[], lines: readonly Line[]): string {
  const head = ["time", ...lines.map((line) => quote(line.label))].join(",");
  const rows = times.map((atS, i) =>
    [new Date(atS * 1000).toISOString(), ...lines.map((line) => line.column.values[i] ?? "")].join(","),
  );
  return `${[head, ...rows].join("\n")}\n`;
}

export function toJson(times: readonly number[], lines: readonly Line[]): string {
  const series = lines.map((line) => ({
    label: line.label,
    labels: line.column.labels,
    points: times.flatMap((atS, i) => {
      const value = line.column.values[i];
      return value === null || value === undefined ? [] : [[Math.round(atS * 1000), value]];
    }),
  }));
  return `${JSON.stringify({ timeUnit: "ms", series }, undefined, 1)}\n`;
}

function quote(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function exportCsv(title: string, times: readonly number[], lines: readonly Line[]): void {
  download(fileName(title, "csv"), new Blob([toCsv(times, lines)], { type: "text/csv" }));
}

export function exportJson(title: string, times: readonly number[], lines: readonly Line[]): void {
  download(fileName(title, "json"), new Blob([toJson(times, lines)], { type: "application/json" }));
}

const LEGEND_ROW_PX = 18;
const MAX_LEGEND_ROWS = 12;

/** Draws the panel's canvas under its title, with its legend below, on the page's surface colour. */
export function exportPng(panelId: string, title: string, lines: readonly Line[], scheme: Scheme): void {
  const panel = document.querySelector(`[data-panel="${CSS.escape(panelId)}"]`);
  const chart = panel?.querySelector("canvas");
  if (panel === null || chart === null || chart === undefined) return;
  const ratio = devicePixelRatio;
  const head = 28 * ratio;
  const canvas = document.createElement("canvas");
  const ctx = canvas.getContext("2d")!;
  const font = `${11.5 * ratio}px system-ui, sans-serif`;
  ctx.font = font;
  const places = legendPlaces(
    lines.map(({ label }) => ctx.measureText(label).width + 34 * ratio),
    chart.width - 20 * ratio,
  );
  const rowCount = Math.min(MAX_LEGEND_ROWS, (places.at(-1)?.row ?? -1) + 1);
  canvas.width = chart.width;
  canvas.height = chart.height + head + (rowCount * LEGEND_ROW_PX + (rowCount > 0 ? 8 : 0)) * ratio;
  const style = getComputedStyle(panel);
  ctx.fillStyle = style.backgroundColor;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.fillStyle = style.color;
  ctx.font = `600 ${13 * ratio}px system-ui, sans-serif`;
  ctx.fillText(title, 10 * ratio, 19 * ratio);
  ctx.drawImage(chart, 0, head);
  ctx.font = font;
  for (const [i, { row, left }] of places.entries()) {
    if (row >= rowCount) break;
    const x = 10 * ratio + left;
    const y = head + chart.height + (row * LEGEND_ROW_PX + 10) * ratio;
    ctx.strokeStyle = hexOf(lines[i]!.color, scheme);
    ctx.lineWidth = 3 * ratio;
    ctx.setLineDash(lines[i]!.dash.map((px) => px * ratio * 0.7));
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x + 14 * ratio, y);
    ctx.stroke();
    ctx.fillText(lines[i]!.label, x + 20 * ratio, y + 4 * ratio);
  }
  canvas.toBlob((blob) => blob !== null && download(fileName(title, "png"), blob), "image/png");
}

/** Entries one after the other, in as many rows as they need. @param widths px of each */
export function legendPlaces(
  widths: readonly number[],
  roomPx: number,
): { readonly row: number; readonly left: number }[] {
  let [row, left] = [0, 0];
  return widths.map((width) => {
    if (left > 0 && left + width > roomPx) [row, left] = [row + 1, 0];
    const place = { row, left };
    left += width;
    return place;
  });
}

export function fileName(title: string, extension: string): string {
  const name = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  return `${name || "chart"}-${stamp}.${extension}`;
}

export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
