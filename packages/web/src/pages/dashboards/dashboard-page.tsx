/** One dashboard: its variables, its panels, and editing. */
import IconCode from "virtual:icon/code";
import IconDownload from "virtual:icon/download";
import IconExternalLink from "virtual:icon/external-link";
import IconPencil from "virtual:icon/pencil";
import IconPlus from "virtual:icon/plus";
import type { DashboardDocument, DashboardLink, DashboardPanel, DashboardVariable } from "@dmon/model";
import { Link, useBlocker, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { messageOfError } from "../../api/client.ts";
import { PageBar } from "../../app/page-bar.tsx";
import { download } from "../../charts/export.ts";
import { InvestigatedPage } from "../changes/investigated-page.tsx";
import { InvestigationTools } from "../changes/notes.tsx";
import { DashboardGrid } from "./dashboard-grid.tsx";
import classes from "./dashboards.module.css";
import { JsonEditor } from "./json-editor.tsx";
import { PanelEditor } from "./panel-editor.tsx";
import { isFollowed } from "./panel-specs.ts";
import { useDashboard, useSaveDashboard } from "./store.ts";
import { useVariables } from "./use-variables.ts";
import { VariableBar } from "./variable-bar.tsx";
import { substituteText, type VariableValues } from "./variables.ts";

const NONE: readonly never[] = [];

export function DashboardPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const stored = useDashboard(id);
  if (stored.isPending) return <p className={classes.loading}>Loading…</p>;
  if (stored.data === undefined) {
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
  // What the draft was made from: the file may change meanwhile, and must not be overwritten unseen.
  const [base, setBase] = useState({ revision, document });
  const [edited, setEdited] = useState<DashboardPanel>();
  const [asJson, setAsJson] = useState(false);
  const save = useSaveDashboard();
  const shown = draft ?? document;
  const variables = useVariables(shown.variables ?? NONE);
  const isEditing = draft !== undefined;
  const isChanged = isEditing && draft !== base.document;
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      isChanged && current.pathname !== next.pathname && !confirm("Leave without saving the dashboard?"),
    enableBeforeUnload: () => isChanged,
  });

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
  const duplicate = (panel: DashboardPanel) => {
    const copy = { ...panel, id: freeId(shown), title: `${panel.title} (copy)` };
    const at = shown.panels.findIndex((one) => one.id === panel.id);
    setDraft({ ...shown, panels: shown.panels.toSpliced(at + 1, 0, copy) });
    setEdited(undefined);
  };
  const arrange = (panels: readonly DashboardPanel[]) => setDraft({ ...shown, panels });
  const edit = () => {
    save.reset();
    setBase({ revision, document });
    setDraft(document);
  };
  const store = () => {
    if (draft === undefined) return;
    save.mutate({ id, revision: base.revision, document: draft }, { onSuccess: () => setDraft(undefined) });
  };

  return (
    <InvestigatedPage scope={NONE}>
      <PageBar title={shown.title}>
        <InvestigationTools />
        <span className={classes.gap} />
        {isEditing ? (
          <>
            <button type="button" className={classes.button} onClick={() => setEdited(newPanel(shown))}>
              <IconPlus size={15} /> Panel
            </button>
            <button type="button" className={classes.button} onClick={() => setAsJson(true)}>
              <IconCode size={15} stroke={1.6} /> JSON
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
              <IconDownload size={15} stroke={1.6} /> <span className={classes.word}>Download</span>
            </button>
            <button type="button" className={classes.button} onClick={edit}>
              <IconPencil size={15} stroke={1.6} /> <span className={classes.word}>Edit</span>
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
        {isEditing && base.revision !== revision && !save.isPending && (
          <p className={classes.problem} role="status">
            The file of this dashboard was changed meanwhile. Saving is refused, so that nothing is lost: download what
            you have (JSON), cancel, and edit it again.
          </p>
        )}
        {save.isError && (
          <p className={classes.problem} role="alert">
            {messageOfError(save.error)}
          </p>
        )}
        {!isEditing && document.notes !== undefined && document.notes.length > 0 && (
          <ImportNotes
            notes={document.notes}
            onDismiss={() => {
              const { notes: _, ...rest } = document;
              save.mutate({ id, revision, document: rest });
            }}
          />
        )}
        <Links links={shown.links ?? NONE} values={variables.values} variables={shown.variables ?? NONE} />
        <VariableBar variables={variables} />
        {variables.isReady && (
          <DashboardGrid
            document={shown}
            values={variables.values}
            editing={isEditing ? { onEdit: setEdited, onArrange: arrange } : undefined}
          />
        )}
      </main>
      {edited !== undefined && (
        <PanelEditor
          panel={edited}
          onDone={replacePanel}
          onRemove={removePanel}
          onDuplicate={duplicate}
          variables={shown.variables ?? NONE}
          onClose={() => setEdited(undefined)}
        />
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

interface LinksProps {
  readonly links: readonly DashboardLink[];
  readonly values: VariableValues;
  readonly variables: readonly DashboardVariable[];
}

function Links({ links, values, variables }: LinksProps) {
  const shown = links
    .map(({ title, url }) => ({ title, url: substituteText(url, values, variables) }))
    .filter(({ url }) => isFollowed(url));
  if (shown.length === 0) return null;
  return (
    <ul className={classes.links} aria-label="Links" data-print="no">
      {shown.map(({ title, url }) => (
        <li key={`${title} ${url}`}>
          <a href={url} target="_blank" rel="noreferrer">
            {title}
            <IconExternalLink size={13} stroke={1.6} />
          </a>
        </li>
      ))}
    </ul>
  );
}

function freeId({ panels }: DashboardDocument): number {
  return Math.max(0, ...panels.map((panel) => panel.id)) + 1;
}

function newPanel(document: DashboardDocument): DashboardPanel {
  const { panels } = document;
  const bottom = Math.max(0, ...panels.map(({ grid }) => grid.y + grid.h));
  return {
    id: freeId(document),
    kind: "chart",
    title: "New panel",
    grid: { x: 0, y: bottom, w: 12, h: 8 },
    queries: [{ expr: "" }],
  };
}

interface ImportNotesProps {
  readonly notes: readonly string[];
  readonly onDismiss: () => void;
}

/** What came with an import and is not shown. */
function ImportNotes({ notes, onDismiss }: ImportNotesProps) {
  return (
    <details className={classes.notes} data-print="no">
      <summary>
        {notes.length === 1 ? "One thing" : `${notes.length} things`} of the imported dashboard{" "}
        {notes.length === 1 ? "is" : "are"} not shown
      </summary>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
      <button type="button" className={classes.button} onClick={onDismiss}>
        Forget these notes
      </button>
    </details>
  );
}
