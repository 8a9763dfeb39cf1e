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

/** From this width of the screen on, sections stand in two columns: a row of three charts would be too wide to be read. */
export const TWO_COLUMNS_FROM = 2400;

/** As the breakpoints of `overview.module.css`. */
function chartsPerRow({ width }: Viewport): 1 | 2 | 3 {
  return width > 1279 ? 3 : width > 840 ? 2 : 1;
}

/** As those of `tiles.module.css`. */
function tileRows({ width }: Viewport): number {
  return width > 1279 ? 1 : width > 560 ? 2 : 3;
}

interface Row {
  readonly panels: readonly CatalogPanel[];
  readonly height: number;
}

function rowsIn({ panels }: CatalogSection, viewport: Viewport): readonly Row[] {
  const wide = panels.map((panel) => panel.wide === true);
  let at = 0;
  return rowsOf(wide, chartsPerRow(viewport)).map(({ length }) => {
    const own = panels.slice(at, at + length);
    at += length;
    return { panels: own, height: Math.max(...own.map(heightOf)) + AROUND_CHART + ROW_GAP };
  });
}

function sectionHeight(section: CatalogSection, viewport: Viewport): number {
  return HEADING + rowsIn(section, viewport).reduce((sum, { height }) => sum + height, 0) + SECTION_GAP;
}

/** The sections in columns beside each other, about as high as one another, in the order of the table of contents. */
export function columnsOf(
  sections: readonly CatalogSection[],
  viewport: Viewport,
): readonly (readonly CatalogSection[])[] {
  if (viewport.width < TWO_COLUMNS_FROM || sections.length < 2) return [sections];
  const heights = sections.map((section) => sectionHeight(section, viewport));
  const total = heights.reduce((sum, height) => sum + height, 0);
  let [left, cut] = [heights[0]!, 1];
  // As long as one more on the left leaves the higher column lower.
  while (cut < sections.length - 1 && left + heights[cut]! <= total - left) {
    left += heights[cut]!;
    cut++;
  }
  return [sections.slice(0, cut), sections.slice(cut)];
}

/** @param startId the section that the page is opened at; undefined: at its top, with the tiles */
export function panelsInSight(
  sections: readonly CatalogSection[],
  startId: string | undefined,
  viewport: Viewport,
): readonly CatalogPanel[] {
  const rows: { readonly panels: readonly CatalogPanel[]; readonly top: number }[] = [];
  let scrolled = 0;
  for (const column of columnsOf(sections, viewport)) {
    let top = BAR + HEADLINE + TILE * tileRows(viewport) + SECTION_GAP;
    for (const section of column) {
      if (section.id === startId) scrolled = top - BAR;
      top += HEADING;
      for (const { panels, height } of rowsIn(section, viewport)) {
        rows.push({ panels, top });
        top += height;
      }
      top += SECTION_GAP;
    }
  }
  return rows
    .filter(({ top }) => top >= scrolled && top < scrolled + viewport.height)
    .sort((a, b) => a.top - b.top)
    .flatMap(({ panels }) => panels);
}
