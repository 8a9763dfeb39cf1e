/** A panel's settings as a form: what is asked, and how it is shown. Where it stands is arranged on the page. */
import type { DashboardPanel, DashboardPanelKind, DashboardQuery, DashboardVariable } from "@dmon/model";
import { Modal } from "@mantine/core";
import { useState } from "react";
import classes from "./dashboards.module.css";
import { type TwoLimits, thresholdsOf, twoLimits } from "./two-limits.ts";

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
  ["heatmap", "Heat map"],
  ["states", "States over time"],
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
  const changeStyle = (style: NonNullable<DashboardPanel["thresholdStyle"]> | "") => {
    const { thresholdStyle: _, ...others } = draft;
    setDraft(style === "" ? others : { ...others, thresholdStyle: style });
  };
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
          {draft.kind === "heatmap" && (
            <label className={classes.check}>
              <input
                type="checkbox"
                checked={draft.distribution ?? false}
                onChange={(event) => change({ distribution: event.target.checked })}
              />
              Count series by their values
            </label>
          )}
          {draft.kind === "states" && (
            <label className={classes.check}>
              <input
                type="checkbox"
                checked={draft.separate ?? false}
                onChange={(event) => change({ separate: event.target.checked })}
              />
              Each reading by itself
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
        {hasQueries && draft.kind !== "heatmap" && <Limits panel={draft} onChange={change} onStyle={changeStyle} />}
        {draft.kind === "text" && (
          <label>
            Text (Markdown)
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

interface LimitsProps {
  readonly panel: DashboardPanel;
  readonly onChange: (part: Partial<DashboardPanel>) => void;
  readonly onStyle: (style: NonNullable<DashboardPanel["thresholdStyle"]> | "") => void;
}

/** The two limits that most panels have; others stand in the dashboard's JSON. */
function Limits({ panel, onChange, onStyle }: LimitsProps) {
  const limits = twoLimits(panel.thresholds ?? []);
  if (limits === undefined) {
    return <p className={classes.hint}>Its thresholds are more than two limits: they are edited as JSON.</p>;
  }
  const set = (part: Partial<TwoLimits>) => onChange({ thresholds: thresholdsOf({ ...limits, ...part }) });
  const numberOf = (text: string) => (text === "" || Number.isNaN(Number(text)) ? undefined : Number(text));
  return (
    <div className={classes.fields}>
      {(["warning", "critical"] as const).map((level) => (
        <label key={level}>
          {level === "warning" ? "Warning from" : "Critical from"}
          <input
            type="number"
            step="any"
            value={limits[level] ?? ""}
            onChange={(event) => set({ [level]: numberOf(event.target.value) })}
          />
        </label>
      ))}
      {panel.kind === "chart" && (
        <label>
          Limits are drawn as
          <select
            value={panel.thresholdStyle ?? ""}
            onChange={({ target }) => onStyle(target.value as NonNullable<DashboardPanel["thresholdStyle"]> | "")}
          >
            <option value="">nothing</option>
            <option value="line">lines</option>
            <option value="area">areas</option>
            <option value="both">lines and areas</option>
          </select>
        </label>
      )}
    </div>
  );
}
