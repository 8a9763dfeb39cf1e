/** Charts as files: CSV and JSON of the shown points, PNG of the drawing with its title and legend. */
import type { Line } from "./lines.ts";

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

/** Draws the panel's canvas under its title, on the page's surface colour. */
export function exportPng(panelId: string, title: string): void {
  const panel = document.querySelector(`[data-panel="${CSS.escape(panelId)}"]`);
  const chart = panel?.querySelector("canvas");
  if (panel === null || chart === null || chart === undefined) return;
  const ratio = devicePixelRatio;
  const head = 28 * ratio;
  const canvas = document.createElement("canvas");
  canvas.width = chart.width;
  canvas.height = chart.height + head;
  const ctx = canvas.getContext("2d")!;
  const style = getComputedStyle(panel);
  ctx.fillStyle = style.backgroundColor;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.fillStyle = style.color;
  ctx.font = `600 ${13 * ratio}px system-ui, sans-serif`;
  ctx.fillText(title, 10 * ratio, 19 * ratio);
  ctx.drawImage(chart, 0, head);
  canvas.toBlob((blob) => blob !== null && download(fileName(title, "png"), blob), "image/png");
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
