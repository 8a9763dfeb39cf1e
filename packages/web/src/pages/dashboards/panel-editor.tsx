/** A panel's settings as a form: what is asked, how it is shown, where it stands. */
import type { DashboardPanel, DashboardPanelKind, DashboardQuery } from "@dmon/model";
import { Modal } from "@mantine/core";
import { useState } from "react";
import classes from "./dashboards.module.css";

export interface PanelEditorProps {
  readonly panel: DashboardPanel;
  readonly onDone: (panel: DashboardPanel) => void;
  readonly onRemove: (panel: DashboardPanel) => void;
  readonly onClose: () => void;
}

const KINDS: readonly (readonly [DashboardPanelKind, string])[] = [
  ["chart", "Chart"],
  ["stat", "Number"],
  ["gauge", "Gauge"],
  ["bars", "Bars"],
  ["table", "Table"],
  ["text", "Text"],
  ["row", "Row (a heading that folds)"],
];
const UNITS = [
  "short",
  "percent",
  "percentunit",
  "bytes",
  "binBps",
  "bps",
  "s",
  "ms",
  "eps",
  "ops",
  "hertz",
  "celsius",
];

export function PanelEditor({ panel, onDone, onRemove, onClose }: PanelEditorProps) {
  const [draft, setDraft] = useState(panel);
  const queries = draft.queries ?? [];
  const change = (part: Partial<DashboardPanel>) => setDraft({ ...draft, ...part });
  const changeQuery = (at: number, part: Partial<DashboardQuery>) =>
    change({ queries: queries.map((query, i) => (i === at ? { ...query, ...part } : query)) });
  const hasQueries = draft.kind !== "text" && draft.kind !== "row";

  return (
    <Modal
      opened
      onClose={onClose}
      title={`Edit ${panel.title}`}
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          onDone(draft);
        }}
      >
        <label>
          Title
          <input value={draft.title} onChange={(event) => change({ title: event.target.value })} data-autofocus />
        </label>
        <div className={classes.fields}>
          <label>
            Shown as
            <select value={draft.kind} onChange={(event) => change({ kind: event.target.value as DashboardPanelKind })}>
              {KINDS.map(([kind, label]) => (
                <option key={kind} value={kind}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label>
            Unit
            <input list="units" value={draft.unit ?? ""} onChange={(event) => change({ unit: event.target.value })} />
            <datalist id="units">
              {UNITS.map((unit) => (
                <option key={unit} value={unit} />
              ))}
            </datalist>
          </label>
          <label className={classes.check}>
            <input
              type="checkbox"
              checked={draft.stacked ?? false}
              onChange={(event) => change({ stacked: event.target.checked })}
            />
            Stacked
          </label>
        </div>
        {draft.kind === "text" && (
          <label>
            Text
            <textarea rows={4} value={draft.text ?? ""} onChange={(event) => change({ text: event.target.value })} />
          </label>
        )}
        {hasQueries &&
          queries.map((query, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: queries have no name of their own, and keep their order
            <fieldset key={i} className={classes.query}>
              <legend>Query {String.fromCharCode(65 + i)}</legend>
              <label>
                PromQL
                <textarea
                  rows={2}
                  value={query.expr}
                  spellCheck={false}
                  onChange={(event) => changeQuery(i, { expr: event.target.value })}
                />
              </label>
              <label>
                Legend
                <input
                  value={query.legend ?? ""}
                  placeholder="{{device}} read"
                  onChange={(event) => changeQuery(i, { legend: event.target.value })}
                />
              </label>
              {queries.length > 1 && (
                <button
                  type="button"
                  className={classes.button}
                  onClick={() => change({ queries: queries.filter((_, at) => at !== i) })}
                >
                  Remove query
                </button>
              )}
            </fieldset>
          ))}
        {hasQueries && (
          <button
            type="button"
            className={classes.button}
            onClick={() => change({ queries: [...queries, { expr: "" }] })}
          >
            Add a query
          </button>
        )}
        <fieldset className={classes.fields}>
          <legend>Place, on a grid of 24 columns</legend>
          {(["x", "y", "w", "h"] as const).map((side) => (
            <label key={side}>
              {{ x: "Column", y: "Row", w: "Width", h: "Height" }[side]}
              <input
                type="number"
                min={side === "w" || side === "h" ? 1 : 0}
                max={side === "x" ? 23 : side === "w" ? 24 : 1000}
                value={draft.grid[side]}
                onChange={(event) => change({ grid: { ...draft.grid, [side]: Number(event.target.value) } })}
              />
            </label>
          ))}
        </fieldset>
        <div className={classes.buttons}>
          <button type="button" className={classes.button} onClick={() => onRemove(panel)}>
            Remove panel
          </button>
          <span className={classes.gap} />
          <button type="submit" className={classes.primary}>
            Done
          </button>
        </div>
      </form>
    </Modal>
  );
}
