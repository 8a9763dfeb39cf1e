/** All dashboards; a new one; one from Grafana. */
import IconFileImport from "virtual:icon/file-import";
import IconPlus from "virtual:icon/plus";
import IconTrash from "virtual:icon/trash";
import type { DashboardDocument } from "@dmon/model";
import { Modal } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ChangeEvent, useState } from "react";
import { ApiError, messageOfError } from "../../api/client.ts";
import { PageBar } from "../../app/page-bar.tsx";
import { useNowMs } from "../../time/use-now.ts";
import { formatAge } from "../../units/units.ts";
import classes from "./dashboards.module.css";
import { readDashboard } from "./grafana/read.ts";
import { idFor, useDashboardList, useDeleteDashboard, useSaveDashboard } from "./store.ts";

const EMPTY: DashboardDocument = {
  schema: 1,
  title: "New dashboard",
  panels: [
    {
      id: 1,
      kind: "chart",
      title: "CPU by mode",
      grid: { x: 0, y: 0, w: 12, h: 8 },
      unit: "percentunit",
      stacked: true,
      queries: [
        { expr: 'sum by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval]))', legend: "{{mode}}" },
      ],
    },
  ],
};

export function DashboardList() {
  const nowMs = useNowMs();
  const list = useDashboardList();
  const save = useSaveDashboard();
  const remove = useDeleteDashboard();
  const navigate = useNavigate();
  const [importing, setImporting] = useState(false);
  const taken = list.data?.map((one) => one.id) ?? [];
  const create = (document: DashboardDocument) => {
    const id = idFor(document.title, taken);
    save.mutate(
      { id, revision: undefined, document },
      { onSuccess: () => void navigate({ to: "/dashboards/$id", params: { id } } as never) },
    );
  };
  const isMissing = list.error instanceof ApiError && list.error.isMissing;

  return (
    <>
      <PageBar title="Dashboards" withTime={false}>
        <span className={classes.gap} />
        <button type="button" className={classes.button} onClick={() => setImporting(true)}>
          <IconFileImport size={15} stroke={1.6} /> Import
        </button>
        <button type="button" className={classes.primary} onClick={() => create(EMPTY)} disabled={save.isPending}>
          <IconPlus size={15} /> New dashboard
        </button>
      </PageBar>
      <main className={classes.page}>
        {save.isError && (
          <p className={classes.problem} role="alert">
            {messageOfError(save.error)}
          </p>
        )}
        {list.isPending && <p className={classes.hint}>Loading…</p>}
        {list.isError && (
          <p className={classes.problem} role="alert">
            {isMissing ? "This server keeps no dashboards." : messageOfError(list.error)}
          </p>
        )}
        {list.data?.length === 0 && (
          <div className={classes.empty}>
            <h2>No dashboards yet</h2>
            <p>
              The overview needs none. Make one for what is special here, or import one that you have in Grafana. Each
              is a file in the data directory, so it can be kept in git as well.
            </p>
          </div>
        )}
        <ul className={classes.list}>
          {list.data?.map(({ id, title, tags, panelCount, updatedAtMs }) => (
            <li key={id}>
              <Link to={"/dashboards/$id" as "/"} params={{ id } as never} className={classes.card}>
                <span className={classes.name}>{title}</span>
                <span className={classes.about}>
                  {panelCount} panels · changed {formatAge(Math.max(0, nowMs - updatedAtMs))} ago
                  {tags.length > 0 && ` · ${tags.join(", ")}`}
                </span>
              </Link>
              <button
                type="button"
                className={classes.icon}
                aria-label={`Delete ${title}`}
                onClick={() => confirm(`Delete the dashboard "${title}"?`) && remove.mutate(id)}
              >
                <IconTrash size={16} stroke={1.6} />
              </button>
            </li>
          ))}
        </ul>
      </main>
      {importing && <ImportDialog onImport={create} onClose={() => setImporting(false)} problem={save.error} />}
    </>
  );
}

interface ImportDialogProps {
  readonly onImport: (document: DashboardDocument) => void;
  readonly onClose: () => void;
  readonly problem: unknown;
}

function ImportDialog({ onImport, onClose, problem }: ImportDialogProps) {
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const readFile = (event: ChangeEvent<HTMLInputElement>) => {
    void event.target.files?.[0]?.text().then((content) => {
      setText(content);
      submit(content);
    });
  };
  const submit = (content: string) => {
    setError("");
    try {
      onImport(readDashboard(parseJson(content)));
    } catch (cause) {
      setError(messageOfError(cause));
    }
  };
  return (
    <Modal opened onClose={onClose} title="Import a dashboard" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      <div className={classes.form}>
        <p>
          A dashboard's JSON, exported from Grafana or from here. What cannot be shown keeps its place and says why.
        </p>
        <label>
          File
          <input type="file" accept="application/json,.json" onChange={readFile} />
        </label>
        <label>
          Or its text
          <textarea rows={8} value={text} onChange={(event) => setText(event.target.value)} spellCheck={false} />
        </label>
        {(error !== "" || problem !== null) && (
          <p className={classes.problem} role="alert">
            {error || messageOfError(problem)}
          </p>
        )}
        <button type="button" className={classes.primary} disabled={text.trim() === ""} onClick={() => submit(text)}>
          Import
        </button>
      </div>
    </Modal>
  );
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new Error(`This is not JSON: ${messageOfError(cause)}`);
  }
}
