/** All charts on one screen, as large as they fit: for a screen that a team looks at from afar, and for a glance at everything. */
import { type CSSProperties, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Panel } from "../../charts/panel.tsx";
import type { CatalogSection } from "./catalog.ts";
import { fitWall, wallSpans } from "./fit-wall.ts";
import classes from "./wall.module.css";

/** px; as in the style sheet. */
const GAP = 8;
/** What a chart has besides its canvas: title, one row of legend, padding, frame; px. */
const AROUND_CHART = 62;

export function Wall({ sections }: { readonly sections: readonly CatalogSection[] }) {
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const cells = useMemo(() => sections.flatMap(cellsOf), [sections]);
  return (
    <div ref={box} className={classes.box} data-compact="">
      {size !== undefined && <Cells cells={cells} size={size} />}
    </div>
  );
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Of what the page leaves for it, whatever stands in it. */
function useSize(box: { readonly current: HTMLElement | null }): Size | undefined {
  const [size, setSize] = useState<Size>();
  useLayoutEffect(() => {
    const element = box.current!;
    const look = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old?.width === width && old.height === height ? old : { width, height }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return size;
}

function Cells({ cells, size }: { readonly cells: ReturnType<typeof cellsOf>; readonly size: Size }) {
  const { perRow, rowHeight } = fitWall(size, GAP, cells.length);
  const { columns, whole, last } = wallSpans(cells.length, perRow);
  const firstOfLast = cells.length - ((cells.length - 1) % perRow) - 1;
  return (
    <div className={classes.wall} style={{ "--columns": columns, "--row": `${rowHeight}px` } as CSSProperties}>
      {cells.map(({ panel, sectionId, title, where }, i) => (
        <div
          key={panel.id}
          // Findings and tiles lead to the first chart of a section.
          id={sectionId}
          tabIndex={sectionId === undefined ? undefined : -1}
          data-last={i >= firstOfLast || undefined}
          style={{ gridColumn: `span ${i >= firstOfLast ? last : whole}` }}
        >
          {/* Who cannot see the wall goes from heading to heading. */}
          {sectionId !== undefined && <h2 className="sr-only">{title}</h2>}
          <Panel spec={panel} height={rowHeight - AROUND_CHART} aside={where} />
        </div>
      ))}
    </div>
  );
}

function cellsOf({ id, title, panels }: CatalogSection) {
  const where = (
    <span className={classes.where}>
      <span>{title}</span>
    </span>
  );
  return panels.map((panel, i) => ({ panel, sectionId: i === 0 ? id : undefined, title, where }));
}
