/** A panel's settings as a form: what is asked, and how it is shown. Where it stands is arranged on the page. */
import type { DashboardPanel, DashboardPanelKind, DashboardQuery, DashboardVariable } from "@dmon/model";
import { Modal } from "@mantine/core";
import { useState } from "react";
import classes from "./dashboards.module.css";

export interface PanelEditorProps {
  readonly panel: DashboardPanel;
  readonly onDone: (panel: DashboardPanel) => void;
  readonly variables: readonly DashboardVariable[];
  readonly onDuplicate: (panel: DashboardPanel) => void;
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

export function PanelEditor({ panel, variables, onDone, onDuplicate, onRemove, onClose }: PanelEditorProps) {
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
          {hasQueries && (
            <label>
              Unit
              <input list="units" value={draft.unit ?? ""} onChange={(event) => change({ unit: event.target.value })} />
              <datalist id="units">
                {UNITS.map((unit) => (
                  <option key={unit} value={unit} />
                ))}
              </datalist>
            </label>
          )}
          {draft.kind === "chart" && (
            <label className={classes.check}>
              <input
                type="checkbox"
                checked={draft.stacked ?? false}
                onChange={(event) => change({ stacked: event.target.checked })}
              />
              Stacked
            </label>
          )}
          {draft.kind === "row" && (
            <label className={classes.check}>
              <input
                type="checkbox"
                checked={draft.collapsed ?? false}
                onChange={(event) => change({ collapsed: event.target.checked })}
              />
              Folded at first
            </label>
          )}
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
        {variables.length > 0 && (
          <label>
            Repeat for each value of
            <select
              value={draft.repeat?.variable ?? ""}
              onChange={({ target }) => {
                const { repeat, ...once } = draft;
                setDraft(target.value === "" ? once : { ...once, repeat: { ...repeat, variable: target.value } });
              }}
            >
              <option value="">nothing: it is shown once</option>
              {variables.map(({ name, label }) => (
                <option key={name} value={name}>
                  {label ?? name}
                </option>
              ))}
            </select>
          </label>
        )}
        <div className={classes.buttons}>
          <button type="button" className={classes.button} onClick={() => onRemove(panel)}>
            {draft.kind === "row" ? "Remove the row, keep its panels" : "Remove panel"}
          </button>
          {draft.kind !== "row" && (
            <button type="button" className={classes.button} onClick={() => onDuplicate(draft)}>
              Duplicate
            </button>
          )}
          <span className={classes.gap} />
          <button type="submit" className={classes.primary}>
            Done
          </button>
        </div>
      </form>
    </Modal>
  );
}
