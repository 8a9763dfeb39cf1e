/**
 * The sections of charts. Those in sight are made at once, the others as places of their height, which are filled one by one
 * once the first charts are drawn: a page of sixty charts then opens as fast as one of five.
 */
import { type CSSProperties, memo, startTransition, useEffect, useLayoutEffect, useMemo, useState } from "react";
import { usePrinting } from "../../app/printing.ts";
import { useSettled, whenIdle } from "../../app/settled.tsx";
import { Panel } from "../../charts/panel.tsx";
import type { CatalogSection } from "./catalog.ts";
import { AROUND_CHART, columnsOf, heightOf, panelsInSight, TWO_COLUMNS_FROM } from "./in-sight.ts";
import { startOf } from "./opening.ts";
import classes from "./overview.module.css";
import { spansOf } from "./spans.ts";
import { TargetsTable, useTargets } from "./targets-table.tsx";

export function Sections({ sections }: { readonly sections: readonly CatalogSection[] }) {
  const made = useMade(sections);
  useStart(sections);
  const columns = useColumns(sections);
  return (
    <div className={classes.columns} style={{ "--columns": columns.length } as CSSProperties}>
      {columns.map((column, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the left one and the right one
        <div key={i} className={classes.column}>
          {column.map((section) => (
            <Section key={section.id} section={section} isMade={made.has(section.id)} />
          ))}
        </div>
      ))}
    </div>
  );
}

/** As many as the window is wide enough for; one on paper. */
function useColumns(sections: readonly CatalogSection[]): readonly (readonly CatalogSection[])[] {
  const isPrinting = usePrinting();
  const [isWide, setIsWide] = useState(() => innerWidth >= TWO_COLUMNS_FROM);
  useEffect(() => {
    const query = matchMedia(`(min-width: ${TWO_COLUMNS_FROM}px)`);
    const look = () => setIsWide(query.matches);
    look();
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, []);
  return useMemo(
    () => (isWide && !isPrinting ? columnsOf(sections, { width: innerWidth, height: innerHeight }) : [sections]),
    [sections, isWide, isPrinting],
  );
}

/** The ids of the sections that are there with their charts. */
function useMade(sections: readonly CatalogSection[]): ReadonlySet<string> {
  const isSettled = useSettled();
  const isPrinting = usePrinting();
  const [later, setLater] = useState<ReadonlySet<string>>(new Set());
  const made = useMemo(() => new Set([...firstOf(sections), ...later]), [sections, later]);
  useEffect(() => {
    const left = sections.filter(({ id }) => !made.has(id));
    if (!isSettled || left.length === 0) return;
    return whenIdle(() => {
      const next = left.find(({ id }) => isInSight(id)) ?? left[0]!;
      startTransition(() => setLater((old) => new Set([...old, next.id])));
    });
  }, [isSettled, sections, made]);
  // All of it is printed.
  return isPrinting ? new Set(sections.map(({ id }) => id)) : made;
}

function firstOf(sections: readonly CatalogSection[]): string[] {
  const seen = new Set(panelsInSight(sections, startOf(sections), { width: innerWidth, height: innerHeight }));
  return sections.filter(({ panels }) => panels.some((panel) => seen.has(panel))).map(({ id }) => id);
}

function isInSight(id: string): boolean {
  const box = document.getElementById(id)?.getBoundingClientRect();
  return box !== undefined && box.bottom > 0 && box.top < innerHeight;
}

let hasStarted = false;

/** Goes where the page's address leads (`#disks`): a browser looks before the sections are there. */
function useStart(sections: readonly CatalogSection[]): void {
  useLayoutEffect(() => {
    if (hasStarted || sections.length === 0) return;
    hasStarted = true;
    const id = startOf(sections);
    if (id !== undefined) document.getElementById(id)?.scrollIntoView({ block: "start" });
  }, [sections]);
}

interface SectionProps {
  readonly section: CatalogSection;
  readonly isMade: boolean;
}

const Section = memo(function Section({ section, isMade }: SectionProps) {
  const wide = section.panels.map((panel) => panel.wide === true);
  const inThrees = spansOf(wide, 3);
  const inTwos = spansOf(wide, 2);
  return (
    <section id={section.id} className={classes.section} aria-labelledby={`${section.id}-heading`} tabIndex={-1}>
      <h2 id={`${section.id}-heading`} className={classes.heading}>
        {section.title}
      </h2>
      {isMade && section.id === "targets" && <Targets />}
      <div className={classes.grid}>
        {section.panels.map((panel, i) => (
          <div key={panel.id} style={{ "--span-3": inThrees[i], "--span-2": inTwos[i] } as CSSProperties}>
            {isMade ? (
              <Panel spec={panel} height={heightOf(panel)} />
            ) : (
              <div style={{ height: heightOf(panel) + AROUND_CHART }} />
            )}
          </div>
        ))}
      </div>
    </section>
  );
});

function Targets() {
  const { data } = useTargets();
  return data === undefined || data.length === 0 ? null : <TargetsTable targets={data} />;
}
