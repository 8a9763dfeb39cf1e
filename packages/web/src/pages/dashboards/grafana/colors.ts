/** Foreign colours (Grafana's names, hexadecimal) as the nearest of the palette. */
import type { DashboardThreshold } from "@dmon/model";
import { type ColorName, CYCLE, hexOf } from "../../../charts/palette.ts";

const NAMED: Readonly<Record<string, ColorName>> = {
  green: "teal",
  yellow: "yellow",
  orange: "orange",
  red: "vermilion",
  blue: "blue",
  purple: "purple",
  gray: "gray",
  grey: "gray",
};

export function nearestColor(color: string): ColorName {
  const name = NAMED[color.replace(/^(super-light|semi-dark|light|dark)-/, "").toLowerCase()];
  if (name !== undefined) return name;
  const wanted = channelsOf(color);
  if (wanted === undefined) return "gray";
  let best: ColorName = "gray";
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of CYCLE) {
    const distance = hueDistance(wanted, channelsOf(hexOf(candidate, "light"))!);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** What a threshold's colour means. */
export function levelOf(color: string): DashboardThreshold["level"] {
  const near = nearestColor(color);
  if (near === "vermilion" || near === "pink") return "critical";
  if (near === "orange" || near === "yellow") return "warning";
  return near === "teal" || near === "olive" ? "ok" : "neutral";
}

type Channels = readonly [red: number, green: number, blue: number];

function channelsOf(color: string): Channels | undefined {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  if (hex !== null) return [hex[1]!, hex[2]!, hex[3]!].map((pair) => Number.parseInt(pair, 16)) as unknown as Channels;
  const rgb = /^rgba?\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)/.exec(color);
  return rgb === null ? undefined : [Number(rgb[1]), Number(rgb[2]), Number(rgb[3])];
}

/** Distance with brightness taken out: a dark blue is a blue. */
function hueDistance(a: Channels, b: Channels): number {
  const norm = (one: Channels) => {
    const mean = (one[0] + one[1] + one[2]) / 3 || 1;
    return one.map((channel) => channel / mean);
  };
  const [x, y] = [norm(a), norm(b)];
  return (x[0]! - y[0]!) ** 2 + (x[1]! - y[1]!) ** 2 + (x[2]! - y[2]!) ** 2;
}
