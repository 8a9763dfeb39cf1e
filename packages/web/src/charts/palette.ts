/**
 * Colours of lines: a small set that people with colour-blindness can tell apart (after Okabe and Ito, 2008), darkened for
 * the light theme so that each stands out from the paper by at least 3:1, and lightened for the dark one.
 *
 * A meaning keeps its colour everywhere: what comes in is blue and what goes out is orange; user time is blue, the kernel's
 * orange, waiting for disks purple; trouble is vermilion.
 */

export type ColorName =
  | "blue"
  | "orange"
  | "teal"
  | "purple"
  | "yellow"
  | "sky"
  | "vermilion"
  | "pink"
  | "olive"
  | "gray"
  | "silver";

const LIGHT: Readonly<Record<ColorName, string>> = {
  blue: "#1f6fc4",
  orange: "#c97800",
  teal: "#008f6b",
  purple: "#8b4bb8",
  yellow: "#a38a00",
  sky: "#2b9ac9",
  vermilion: "#cf4a0c",
  pink: "#c2558f",
  olive: "#5f7d2b",
  gray: "#6b7280",
  silver: "#8d96a5",
};

const DARK: Readonly<Record<ColorName, string>> = {
  blue: "#5b9ff0",
  orange: "#f2a33c",
  teal: "#35c39b",
  purple: "#bf8ae6",
  yellow: "#e6cf57",
  sky: "#7fcdf5",
  vermilion: "#f5794a",
  pink: "#ee94bf",
  olive: "#a9c36a",
  gray: "#8f98a8",
  silver: "#aab2c0",
};

export const CYCLE: readonly ColorName[] = [
  "blue",
  "orange",
  "teal",
  "purple",
  "yellow",
  "sky",
  "vermilion",
  "pink",
  "olive",
  "gray",
];

/** Beyond the cycle, lines differ by their dashes too. */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

export type Scheme = "light" | "dark";

export function hexOf(name: ColorName, scheme: Scheme): string {
  return scheme === "dark" ? DARK[name] : LIGHT[name];
}

/** `#rrggbb` with an alpha of 0–1. */
export function withAlpha(hex: string, alpha: number): string {
  return (
    hex +
    Math.round(alpha * 255)
      .toString(16)
      .padStart(2, "0")
  );
}

export const CPU_MODE_COLORS: Readonly<Record<string, ColorName>> = {
  user: "blue",
  system: "orange",
  nice: "sky",
  iowait: "purple",
  irq: "yellow",
  softirq: "olive",
  steal: "vermilion",
};

export const MEMORY_COLORS: Readonly<Record<string, ColorName>> = {
  used: "blue",
  cache: "teal",
  buffers: "sky",
  slab: "purple",
  shared: "yellow",
  free: "silver",
  swap: "vermilion",
};
