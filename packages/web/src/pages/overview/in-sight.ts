/**
 * Which charts are on the screen when the overview opens, reckoned before there is a page: they are asked for first.
 *
 * An estimate by the style sheet's sizes (px). Where it is wrong a chart is asked for a moment later, or earlier than seen. Pure.
 */
import type { CatalogPanel, CatalogSection } from "./catalog.ts";
import { rowsOf } from "./spans.ts";

export interface Viewport {
  readonly width: number;
  readonly height: number;
}

/** Of a chart's canvas. */
export const heightOf = (panel: CatalogPanel): number => (panel.wide ? 208 : 168);
/** What a panel has besides its canvas: title, a legend of two rows, padding. */
export const AROUND_CHART = 102;

const ROW_GAP = 12;
const SECTION_GAP = 24;
const HEADING = 34;
const BAR = 68;
const HEADLINE = 54;
const TILE = 128;

/** As the breakpoints of `overview.module.css`. */
function chartsPerRow({ width }: Viewport): 1 | 2 | 3 {
  return width > 1279 ? 3 : width > 840 ? 2 : 1;
}

/** As those of `tiles.module.css`. */
function tileRows({ width }: Viewport): number {
  return width > 1279 ? 1 : width > 560 ? 2 : 3;
}

/** @param startId the section that the page is opened at; undefined: at its top, with the tiles */
export function panelsInSight(
  sections: readonly CatalogSection[],
  startId: string | undefined,
  viewport: Viewport,
): readonly CatalogPanel[] {
  const start = sections.findIndex(({ id }) => id === startId);
  let top = start < 0 ? BAR + HEADLINE + TILE * tileRows(viewport) + SECTION_GAP : BAR;
  const seen: CatalogPanel[] = [];
  for (const { panels } of sections.slice(Math.max(0, start))) {
    top += HEADING;
    let at = 0;
    for (const { length } of rowsOf(
      panels.map((panel) => panel.wide === true),
      chartsPerRow(viewport),
    )) {
      if (top >= viewport.height) return seen;
      const row = panels.slice(at, at + length);
      seen.push(...row);
      at += length;
      top += Math.max(...row.map(heightOf)) + AROUND_CHART + ROW_GAP;
    }
    top += SECTION_GAP;
  }
  return seen;
}
