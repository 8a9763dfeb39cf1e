/** A thing keeps its colour on all charts of the page: a disk, a program, a core, in the order in which they are first seen. */
import { type ColorName, CYCLE } from "./palette.ts";

/** Beyond this many of a kind, colours are left to each chart. */
const MAX_KEPT = 400;

const kinds = new Map<string, Map<string, ColorName>>();

/** @param kind things that never share a chart have colours of their own each */
export function stableColor(kind: string, name: string): ColorName | undefined {
  const known = kinds.get(kind) ?? new Map<string, ColorName>();
  kinds.set(kind, known);
  const before = known.get(name);
  if (before !== undefined || known.size >= MAX_KEPT) return before;
  const color = CYCLE[known.size % CYCLE.length]!;
  known.set(name, color);
  return color;
}
