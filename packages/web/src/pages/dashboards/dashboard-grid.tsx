/** The panels of a dashboard on their grid of 24 columns; rows fold. On a narrow screen, one below the other. */
import type { DashboardDocument, DashboardPanel, DashboardVariable } from "@dmon/model";
import { IconChevronDown, IconChevronRight, IconPencil } from "@tabler/icons-react";
import { type CSSProperties, useMemo, useState } from "react";
import { Panel } from "../../charts/panel.tsx";
import classes from "./dashboard-grid.module.css";
import { specOf } from "./panel-specs.ts";
import { ValuePanel } from "./value-panel.tsx";
import { substitute, type VariableValues } from "./variables.ts";

export interface DashboardGridProps {
  readonly document: DashboardDocument;
  readonly values: VariableValues;
  /** Present while editing. */
  readonly onEdit?: ((panel: DashboardPanel) => void) | undefined;
}

interface Section {
  readonly row: DashboardPanel | undefined;
  readonly panels: readonly DashboardPanel[];
}

const CELL_PX = 38;
const GAP_PX = 8;
/** Title, paddings and borders of a chart. */
const CHROME_PX = 56;
const LEGEND_PX = 54;
const NO_VARIABLES: readonly DashboardVariable[] = [];

export function DashboardGrid({ document, values, onEdit }: DashboardGridProps) {
  const sections = useMemo(() => sectionsOf(document.panels), [document.panels]);
  return (
    <div className={classes.dashboard}>
      {sections.map((section, i) => (
        <GridSection
          key={section.row?.id ?? `first ${i}`}
          section={section}
          values={values}
          variables={document.variables ?? NO_VARIABLES}
          onEdit={onEdit}
        />
      ))}
    </div>
  );
}

interface GridSectionProps {
  readonly section: Section;
  readonly values: VariableValues;
  readonly variables: readonly DashboardVariable[];
  readonly onEdit: DashboardGridProps["onEdit"];
}

function GridSection({ section, values, variables, onEdit }: GridSectionProps) {
  const { row, panels } = section;
  const [isOpen, setIsOpen] = useState(row?.collapsed !== true);
  const top = Math.min(...panels.map((panel) => panel.grid.y));
  return (
    <section>
      {row === undefined && <h2 className="sr-only">Panels</h2>}
      {row !== undefined && (
        <h2 className={classes.row}>
          <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {isOpen ? (
              <IconChevronDown size={16} aria-hidden="true" />
            ) : (
              <IconChevronRight size={16} aria-hidden="true" />
            )}
            {substitute(row.title, values, variables)}
            <span>{panels.length} panels</span>
          </button>
        </h2>
      )}
      {isOpen && (
        <div className={classes.grid}>
          {panels.map((panel) => (
            <div key={panel.id} className={classes.cell} style={placeOf(panel, top)}>
              <Cell panel={panel} values={values} variables={variables} />
              {onEdit !== undefined && (
                <button
                  type="button"
                  className={classes.edit}
                  aria-label={`Edit ${panel.title}`}
                  onClick={() => onEdit(panel)}
                >
                  <IconPencil size={15} aria-hidden="true" />
                </button>
              )}
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

interface CellProps {
  readonly panel: DashboardPanel;
  readonly values: VariableValues;
  readonly variables: readonly DashboardVariable[];
}

function Cell({ panel, values, variables }: CellProps) {
  const spec = useMemo(() => specOf(panel, values, variables), [panel, values, variables]);
  // Other queries make another panel.
  const key = JSON.stringify([panel, spec.queries.map((query) => query.expr)]);
  if (panel.kind === "text") {
    return (
      <div className={classes.text}>
        {panel.title !== "" && <h3>{panel.title}</h3>}
        <p>{panel.text}</p>
      </div>
    );
  }
  if (panel.kind === "unsupported") {
    return (
      <div className={classes.unsupported} data-panel={spec.id}>
        <h3>{panel.title}</h3>
        <p>{panel.text}</p>
      </div>
    );
  }
  if (panel.kind !== "chart") return <ValuePanel key={key} panel={panel} spec={spec} />;
  const withLegend = panel.legend !== "hidden";
  const height = panel.grid.h * CELL_PX - GAP_PX - CHROME_PX - (withLegend ? LEGEND_PX : 0);
  return <Panel key={key} spec={spec} height={Math.max(60, height)} withLegend={withLegend} />;
}

function placeOf({ grid }: DashboardPanel, top: number): CSSProperties {
  return {
    gridColumn: `${grid.x + 1} / span ${Math.min(grid.w, 24 - grid.x)}`,
    gridRow: `${grid.y - top + 1} / span ${grid.h}`,
  };
}

/** A row takes the panels that follow it. */
function sectionsOf(panels: readonly DashboardPanel[]): Section[] {
  const sections: { row: DashboardPanel | undefined; panels: DashboardPanel[] }[] = [];
  for (const panel of panels) {
    if (panel.kind === "row") sections.push({ row: panel, panels: [] });
    else if (sections.length === 0) sections.push({ row: undefined, panels: [panel] });
    else sections.at(-1)!.panels.push(panel);
  }
  return sections;
}
