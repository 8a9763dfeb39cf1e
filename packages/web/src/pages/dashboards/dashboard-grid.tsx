/**
 * The panels of a dashboard on their grid of 24 columns; rows fold. On a narrow screen, one below the other.
 * While editing, panels are moved and resized by their handles.
 */
import IconArrowDown from "virtual:icon/arrow-down";
import IconArrowUp from "virtual:icon/arrow-up";
import IconChevronDown from "virtual:icon/chevron-down";
import IconChevronRight from "virtual:icon/chevron-right";
import IconGripVertical from "virtual:icon/grip-vertical";
import IconPencil from "virtual:icon/pencil";
import type { DashboardDocument, DashboardPanel, DashboardVariable } from "@dmon/model";
import { Link } from "@tanstack/react-router";
import { type CSSProperties, useMemo, useRef, useState } from "react";
import { Panel } from "../../charts/panel.tsx";
import classes from "./dashboard-grid.module.css";
import type { Section } from "./layout.ts";
import { Markdown } from "./markdown.tsx";
import { specOf } from "./panel-specs.ts";
import { repeated } from "./repeat.ts";
import { RowsPanel } from "./rows-panel.tsx";
import { type Arranging, CELL_PX, GAP_PX, useArranging } from "./use-arranging.ts";
import { ValuePanel } from "./value-panel.tsx";
import { substituteText, type VariableValues } from "./variables.ts";

export interface DashboardGridProps {
  readonly document: DashboardDocument;
  readonly values: VariableValues;
  /** Present while editing. */
  readonly editing?: GridEditing | undefined;
}

export interface GridEditing {
  readonly onEdit: (panel: DashboardPanel) => void;
  readonly onArrange: (panels: readonly DashboardPanel[]) => void;
}

/** Title, paddings and borders of a chart. */
const CHROME_PX = 56;
const LEGEND_PX = 54;
const NO_VARIABLES: readonly DashboardVariable[] = [];

export function DashboardGrid({ document, values, editing }: DashboardGridProps) {
  const frame = useRef<HTMLDivElement>(null);
  // What repeats is arranged as the one panel that it is.
  const isEditing = editing !== undefined;
  const { panels, scopeOf } = useMemo(
    () => repeated(document.panels, values, isEditing),
    [document.panels, values, isEditing],
  );
  const arranging = useArranging(frame, panels, editing?.onArrange);
  const { sections, gesture, said } = arranging;
  return (
    <div ref={frame} className={classes.dashboard} data-arranging={gesture?.kind}>
      {isEditing && (
        <p className={classes.hint} id="arranging-hint">
          Drag a panel by its title, and its corner to resize it. By keyboard: arrow keys on a handle move, Shift and
          arrow keys resize.
        </p>
      )}
      {sections.map((section, i) => (
        <GridSection
          key={section.row?.id ?? `first ${i}`}
          index={i}
          section={section}
          values={values}
          scopeOf={scopeOf}
          variables={document.variables ?? NO_VARIABLES}
          editing={editing}
          arranging={arranging}
        />
      ))}
      <span className="sr-only" role="status">
        {said}
      </span>
    </div>
  );
}

interface GridSectionProps {
  readonly index: number;
  readonly section: Section;
  readonly values: VariableValues;
  readonly scopeOf: ReadonlyMap<number, VariableValues>;
  readonly variables: readonly DashboardVariable[];
  readonly editing: GridEditing | undefined;
  readonly arranging: Arranging;
}

function GridSection({ index, section, values, scopeOf, variables, editing, arranging }: GridSectionProps) {
  const { row, panels } = section;
  const [isOpen, setIsOpen] = useState(row?.collapsed !== true);
  const isEditing = editing !== undefined;
  const { gesture } = arranging;
  const place = gesture && panels.find(({ id }) => id === gesture.panel.id);
  const cells = panels.filter((panel) => panel !== place).map((panel) => ({ panel, style: placeOf(panel) }));
  // Dragged into another section it stays this one's child until it is dropped: its chart goes on.
  if (gesture?.home === index) {
    const { panel, box } = gesture;
    const h = place?.grid.h ?? panel.grid.h;
    cells.push({ panel: { ...panel, grid: { ...panel.grid, h } }, style: { position: "fixed", ...box } });
  }
  return (
    <section>
      {row === undefined && <h2 className="sr-only">Panels</h2>}
      {row !== undefined && (
        <div className={classes.row}>
          <h2>
            <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
              {isOpen ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
              {substituteText(row.title, scoped(values, scopeOf.get(row.id)), variables)}
              <span>{panels.length === 1 ? "1 panel" : `${panels.length} panels`}</span>
            </button>
          </h2>
          {isEditing && (
            <>
              <button
                type="button"
                className={classes.tool}
                aria-label={`Move the row ${row.title} up`}
                onClick={() => arranging.moveRow(row, -1)}
              >
                <IconArrowUp size={15} />
              </button>
              <button
                type="button"
                className={classes.tool}
                aria-label={`Move the row ${row.title} down`}
                onClick={() => arranging.moveRow(row, 1)}
              >
                <IconArrowDown size={15} />
              </button>
              <button
                type="button"
                className={classes.tool}
                aria-label={`Edit the row ${row.title}`}
                onClick={() => editing.onEdit(row)}
              >
                <IconPencil size={15} />
              </button>
            </>
          )}
        </div>
      )}
      {isOpen && (
        <div className={classes.grid} data-grid={index} data-editing={isEditing || undefined}>
          {cells.map(({ panel, style }) => (
            <GridCell
              key={panel.id}
              panel={panel}
              style={style}
              values={values}
              scope={scopeOf.get(panel.id)}
              variables={variables}
              editing={editing}
              arranging={arranging}
            />
          ))}
          {place !== undefined && <div className={classes.place} style={placeOf(place)} />}
        </div>
      )}
    </section>
  );
}

interface GridCellProps {
  readonly panel: DashboardPanel;
  readonly style: CSSProperties;
  readonly values: VariableValues;
  /** Of a repeated panel: the value that it stands for. */
  readonly scope: VariableValues | undefined;
  readonly variables: readonly DashboardVariable[];
  readonly editing: GridEditing | undefined;
  readonly arranging: Arranging;
}

function GridCell({ panel, style, values, scope, variables, editing, arranging }: GridCellProps) {
  const { begin, onKey } = arranging;
  const own = useMemo(() => scoped(values, scope), [values, scope]);
  return (
    <div className={classes.cell} style={style} data-cell={panel.id} data-editing={editing && ""}>
      <Content panel={panel} values={own} variables={variables} />
      {editing !== undefined && (
        <>
          <button
            type="button"
            className={classes.mover}
            data-handle={`move ${panel.id}`}
            aria-label={`Move ${panel.title}`}
            aria-describedby="arranging-hint"
            onPointerDown={(event) => begin("move", panel, event)}
            onKeyDown={(event) => onKey("move", panel, event)}
          >
            <IconGripVertical size={15} />
          </button>
          <button
            type="button"
            className={classes.edit}
            aria-label={`Edit ${panel.title}`}
            onClick={() => editing.onEdit(panel)}
          >
            <IconPencil size={15} />
          </button>
          <button
            type="button"
            className={classes.resizer}
            data-handle={`resize ${panel.id}`}
            aria-label={`Resize ${panel.title}`}
            aria-describedby="arranging-hint"
            onPointerDown={(event) => begin("resize", panel, event)}
            onKeyDown={(event) => onKey("resize", panel, event)}
          />
        </>
      )}
    </div>
  );
}

function scoped(values: VariableValues, scope: VariableValues | undefined): VariableValues {
  return scope === undefined ? values : { ...values, ...scope };
}

interface ContentProps {
  readonly panel: DashboardPanel;
  readonly values: VariableValues;
  readonly variables: readonly DashboardVariable[];
}

function Content({ panel, values, variables }: ContentProps) {
  const { grid, ...what } = panel;
  // Another content makes another panel; another place or height does not.
  const content = JSON.stringify(what);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `content` stands for the panel without its place
  const spec = useMemo(() => specOf(panel, values, variables), [content, values, variables]);
  const key = JSON.stringify([content, spec.title, spec.queries.map((query) => query.expr)]);
  if (panel.kind === "text") {
    return (
      <div className={classes.text}>
        {panel.title !== "" && <h3>{spec.title}</h3>}
        <Markdown source={substituteText(panel.text ?? "", values, variables)} />
      </div>
    );
  }
  if (panel.kind === "unsupported") {
    return (
      <div className={classes.unsupported} data-panel={spec.id}>
        <h3>{spec.title}</h3>
        <p>{panel.text}</p>
        {spec.queries.length > 0 && (
          <Link to={"/explore" as "/"} search={{ q: spec.queries.map((query) => query.expr) } as never}>
            Its queries in Explore
          </Link>
        )}
      </div>
    );
  }
  const withLegend = panel.legend !== "hidden";
  const height = Math.max(60, grid.h * CELL_PX - GAP_PX - CHROME_PX - (withLegend ? LEGEND_PX : 0));
  if (panel.kind === "heatmap" || panel.kind === "states") {
    // One line of legend, where a chart's has two.
    const room = height + (withLegend ? LEGEND_PX / 2 : 0);
    return <RowsPanel key={key} panel={panel} spec={spec} height={room} withLegend={withLegend} />;
  }
  if (panel.kind !== "chart") return <ValuePanel key={key} panel={panel} spec={spec} />;
  return <Panel key={key} spec={spec} height={height} withLegend={withLegend} />;
}

function placeOf({ grid }: DashboardPanel): CSSProperties {
  return { gridColumn: `${grid.x + 1} / span ${grid.w}`, gridRow: `${grid.y + 1} / span ${grid.h}` };
}
