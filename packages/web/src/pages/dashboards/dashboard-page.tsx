/** One dashboard: its variables, its panels, and editing. */
import type { DashboardDocument, DashboardPanel } from "@dmon/model";
import { IconCode, IconDownload, IconPencil, IconPlus } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { messageOfError } from "../../api/client.ts";
import { PageBar } from "../../app/page-bar.tsx";
import { download } from "../../charts/export.ts";
import { InvestigatedPage } from "../changes/investigated-page.tsx";
import { DashboardGrid } from "./dashboard-grid.tsx";
import classes from "./dashboards.module.css";
import { JsonEditor } from "./json-editor.tsx";
import { PanelEditor } from "./panel-editor.tsx";
import { useDashboard, useSaveDashboard } from "./store.ts";
import { type DashboardVariables, useVariables } from "./use-variables.ts";
import { ALL } from "./variables.ts";

const NONE: readonly never[] = [];

export function DashboardPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const stored = useDashboard(id);
  if (stored.isPending) return <p className={classes.loading}>Loading…</p>;
  if (stored.isError) {
    return (
      <div className={classes.page}>
        <p className={classes.problem} role="alert">
          {messageOfError(stored.error)}
        </p>
        <Link to={"/dashboards" as "/"}>All dashboards</Link>
      </div>
    );
  }
  return <OpenDashboard key={id} id={id} revision={stored.data.revision} document={stored.data.document} />;
}

interface OpenDashboardProps {
  readonly id: string;
  readonly revision: string;
  readonly document: DashboardDocument;
}

function OpenDashboard({ id, revision, document }: OpenDashboardProps) {
  const [draft, setDraft] = useState<DashboardDocument>();
  const [edited, setEdited] = useState<DashboardPanel>();
  const [asJson, setAsJson] = useState(false);
  const save = useSaveDashboard();
  const shown = draft ?? document;
  const variables = useVariables(shown.variables ?? NONE);
  const isEditing = draft !== undefined;

  const replacePanel = (panel: DashboardPanel) => {
    const others = shown.panels.filter((one) => one.id !== panel.id);
    const at = shown.panels.findIndex((one) => one.id === panel.id);
    const panels = at === -1 ? [...others, panel] : shown.panels.map((one) => (one.id === panel.id ? panel : one));
    setDraft({ ...shown, panels });
    setEdited(undefined);
  };
  const removePanel = (panel: DashboardPanel) => {
    setDraft({ ...shown, panels: shown.panels.filter((one) => one.id !== panel.id) });
    setEdited(undefined);
  };
  const store = () => {
    if (draft === undefined) return;
    save.mutate({ id, revision, document: draft }, { onSuccess: () => setDraft(undefined) });
  };

  return (
    <InvestigatedPage scope={NONE}>
      <PageBar title={shown.title}>
        <span className={classes.gap} />
        {isEditing ? (
          <>
            <button type="button" className={classes.button} onClick={() => setEdited(newPanel(shown))}>
              <IconPlus size={15} aria-hidden="true" /> Panel
            </button>
            <button type="button" className={classes.button} onClick={() => setAsJson(true)}>
              <IconCode size={15} stroke={1.6} aria-hidden="true" /> JSON
            </button>
            <button type="button" className={classes.button} onClick={() => setDraft(undefined)}>
              Cancel
            </button>
            <button type="button" className={classes.primary} onClick={store} disabled={save.isPending}>
              Save
            </button>
          </>
        ) : (
          <>
            <button
              type="button"
              className={classes.button}
              onClick={() => download(`${id}.json`, new Blob([`${JSON.stringify(document, undefined, 2)}\n`]))}
            >
              <IconDownload size={15} stroke={1.6} aria-hidden="true" /> <span className={classes.word}>Download</span>
            </button>
            <button type="button" className={classes.button} onClick={() => setDraft(document)}>
              <IconPencil size={15} stroke={1.6} aria-hidden="true" /> <span className={classes.word}>Edit</span>
            </button>
          </>
        )}
      </PageBar>
      <main className={classes.page}>
        {isEditing && (
          <label className={classes.titleField}>
            Title
            <input value={draft.title} onChange={(event) => setDraft({ ...draft, title: event.target.value })} />
          </label>
        )}
        {save.isError && (
          <p className={classes.problem} role="alert">
            {messageOfError(save.error)}
          </p>
        )}
        <Variables variables={variables} />
        {variables.isReady && (
          <DashboardGrid document={shown} values={variables.values} onEdit={isEditing ? setEdited : undefined} />
        )}
      </main>
      {edited !== undefined && (
        <PanelEditor panel={edited} onDone={replacePanel} onRemove={removePanel} onClose={() => setEdited(undefined)} />
      )}
      {asJson && draft !== undefined && (
        <JsonEditor
          document={draft}
          onDone={(next) => {
            setDraft(next);
            setAsJson(false);
          }}
          onClose={() => setAsJson(false)}
        />
      )}
    </InvestigatedPage>
  );
}

function newPanel({ panels }: DashboardDocument): DashboardPanel {
  const bottom = Math.max(0, ...panels.map(({ grid }) => grid.y + grid.h));
  return {
    id: Math.max(0, ...panels.map((panel) => panel.id)) + 1,
    kind: "chart",
    title: "New panel",
    grid: { x: 0, y: bottom, w: 12, h: 8 },
    queries: [{ expr: "" }],
  };
}

function Variables({ variables }: { readonly variables: DashboardVariables }) {
  const shown = variables.resolved.filter(({ variable }) => variable.hidden !== true);
  if (variables.error !== null && variables.error !== undefined) {
    return (
      <p className={classes.problem} role="alert">
        The variables cannot be filled: {messageOfError(variables.error)}
      </p>
    );
  }
  if (shown.length === 0) return null;
  return (
    <div className={classes.variables}>
      {shown.map(({ variable, options }) => (
        <label key={variable.name}>
          {variable.label ?? variable.name}
          <select
            multiple={false}
            value={variables.values[variable.name]?.[0] ?? ""}
            onChange={(event) => variables.choose(variable.name, [event.target.value])}
          >
            {variable.includeAll && <option value={ALL}>All</option>}
            {options.length === 0 && <option value="">none found</option>}
            {options.map((option) => (
              <option key={option} value={option}>
                {option}
              </option>
            ))}
          </select>
        </label>
      ))}
    </div>
  );
}
