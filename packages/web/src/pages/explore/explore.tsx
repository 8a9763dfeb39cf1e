/** Ask anything: PromQL with completion, as a graph or a table, with its cost; everything is in the address. */
import IconBook2 from "virtual:icon/book-2";
import IconHistory from "virtual:icon/history";
import IconLink from "virtual:icon/link";
import IconPlus from "virtual:icon/plus";
import IconSearch from "virtual:icon/search";
import IconTrash from "virtual:icon/trash";
import { Menu } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { AnswerNotes } from "../../api/batch.ts";
import { PageBar } from "../../app/page-bar.tsx";
import { Panel } from "../../charts/panel.tsx";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import { seriesName } from "../../charts/series-name.ts";
import { usePageTime } from "../../time/use-time.ts";
import { unitOfMetric } from "../../units/metric-unit.ts";
import { formatValue } from "../../units/units.ts";
import { InvestigatedPage } from "../changes/investigated-page.tsx";
import { InvestigationTools } from "../changes/notes.tsx";
import { Cost } from "./cost.tsx";
import classes from "./explore.module.css";
import { type ExploreSearch, readExploreSearch, stepMsOf } from "./explore-search.ts";
import { MetricBrowser } from "./metric-browser.tsx";
import { PromqlEditor, type PromqlEditorHandle } from "./promql-editor.tsx";
import { readHistory, remember } from "./query-history.ts";
import { ResultsTable } from "./results-table.tsx";
import { TEMPLATES } from "./templates.ts";

const UNITS: readonly (readonly [unit: string, label: string])[] = [
  ["short", "Number"],
  ["percent", "Percent (0–100)"],
  ["percentunit", "Percent (0–1)"],
  ["bytes", "Bytes"],
  ["binBps", "Bytes per second"],
  ["bps", "Bits per second"],
  ["s", "Seconds"],
  ["ms", "Milliseconds"],
  ["eps", "Per second"],
  ["cores", "Cores"],
  ["celsius", "Degrees Celsius"],
];

const STEPS = ["1s", "5s", "15s", "30s", "1m", "5m", "15m", "1h", "1d"];
const NO_SCOPE: readonly string[] = [];
const MAX_LINES = 200;
const GRAPH_HEIGHT = 380;

interface Draft {
  readonly id: number;
  readonly text: string;
}

let nextDraftId = 1;
const draftOf = (text: string): Draft => ({ id: nextDraftId++, text });

export function Explore() {
  const raw = useSearch({ strict: false }) as Readonly<Record<string, unknown>>;
  const navigate = useNavigate();
  const { range } = usePageTime();
  const searchKey = JSON.stringify(readExploreSearch(raw));
  const search = useMemo<ExploreSearch>(() => JSON.parse(searchKey) as ExploreSearch, [searchKey]);
  const asked = useMemo(() => search.q?.filter((one) => one.trim() !== "") ?? [], [search]);
  const [drafts, setDrafts] = useState<readonly Draft[]>(() => (search.q?.length ? search.q : [""]).map(draftOf));
  const [runId, setRunId] = useState(0);
  const [notes, setNotes] = useState<Readonly<Record<number, AnswerNotes>>>({});
  const [browsing, setBrowsing] = useState(false);
  const [costParts, setCostParts] = useState<readonly string[]>();
  const [copied, setCopied] = useState(false);
  const editors = useRef(new Map<number, PromqlEditorHandle>());
  const focused = useRef(drafts[0]!.id);
  const unit = search.unit ?? guessUnit(asked);

  const change = useCallback(
    (part: ExploreSearch | { [key in keyof ExploreSearch]: undefined }) =>
      void navigate({ to: ".", search: ((old: object) => ({ ...old, ...part })) as never, resetScroll: false }),
    [navigate],
  );

  // Back and forward change the address: the editors follow.
  useEffect(() => {
    const wanted = search.q ?? [];
    setDrafts((old) => {
      const now = old.map((draft) => draft.text).filter((text) => text.trim() !== "");
      return JSON.stringify(now) === JSON.stringify(wanted) || wanted.length === 0 ? old : wanted.map(draftOf);
    });
  }, [search.q]);

  const run = (texts: readonly string[] = drafts.map((draft) => draft.text)) => {
    const queries = texts.map((text) => text.trim()).filter((text) => text !== "");
    if (queries.length === 0) return;
    remember(queries);
    setNotes({});
    setRunId((id) => id + 1);
    change({ q: queries });
  };
  const put = (text: string, newUnit?: string) => {
    const id = drafts.some((draft) => draft.id === focused.current) ? focused.current : drafts[0]!.id;
    editors.current.get(id)?.set(text);
    const next = drafts.map((draft) => (draft.id === id ? { ...draft, text } : draft));
    setDrafts(next);
    if (newUnit !== undefined) change({ unit: newUnit });
    run(next.map((draft) => draft.text));
  };
  const add = () => {
    const draft = draftOf("");
    focused.current = draft.id;
    setDrafts([...drafts, draft]);
  };
  const removeDraft = (id: number) => {
    const next = drafts.filter((draft) => draft.id !== id);
    setDrafts(next);
    change({ q: next.map((draft) => draft.text).filter((text) => text.trim() !== "") });
  };
  const share = () => {
    void navigator.clipboard?.writeText(location.href).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    });
  };

  return (
    <InvestigatedPage scope={NO_SCOPE}>
      <PageBar title="Explore">
        <InvestigationTools />
      </PageBar>
      <main className={classes.page}>
        <section className={classes.queries} aria-label="Queries">
          {drafts.map((draft, i) => {
            const letter = String.fromCharCode(65 + i);
            return (
              <div key={draft.id} className={classes.query}>
                <span className={classes.letter} aria-hidden="true">
                  {letter}
                </span>
                <div className={classes.field}>
                  <PromqlEditor
                    ref={(handle) => {
                      if (handle === null) editors.current.delete(draft.id);
                      else editors.current.set(draft.id, handle);
                    }}
                    value={draft.text}
                    label={`Query ${letter}`}
                    onChange={(text) =>
                      setDrafts((old) => old.map((one) => (one.id === draft.id ? { ...one, text } : one)))
                    }
                    onFocus={() => {
                      focused.current = draft.id;
                    }}
                    onRun={() => run()}
                  />
                  <QueryNotes notes={notes[i]} />
                </div>
                <button
                  type="button"
                  className={classes.small}
                  data-print="no"
                  onClick={() => setCostParts(editors.current.get(draft.id)?.parts() ?? [])}
                  disabled={draft.text.trim() === ""}
                >
                  Cost
                </button>
                {drafts.length > 1 && (
                  <button
                    type="button"
                    className={classes.small}
                    aria-label={`Remove query ${letter}`}
                    onClick={() => removeDraft(draft.id)}
                  >
                    <IconTrash size={15} stroke={1.6} />
                  </button>
                )}
              </div>
            );
          })}
          <div className={classes.actions} data-print="no">
            <button type="button" className={classes.run} onClick={() => run()}>
              Run
            </button>
            <button type="button" className={classes.small} onClick={add}>
              <IconPlus size={15} /> Query
            </button>
            <button type="button" className={classes.small} onClick={() => setBrowsing(true)}>
              <IconSearch size={15} stroke={1.6} /> Metrics
            </button>
            <TemplateMenu onPick={put} />
            <HistoryMenu onPick={put} />
            <span className={classes.gap} />
            <label className={classes.unit}>
              Unit
              <select value={unit} onChange={(event) => change({ unit: event.target.value })}>
                {UNITS.map(([id, label]) => (
                  <option key={id} value={id}>
                    {label}
                  </option>
                ))}
                {!UNITS.some(([id]) => id === unit) && <option value={unit}>{unit}</option>}
              </select>
            </label>
            <label className={classes.unit}>
              Step
              <select
                value={search.step ?? ""}
                title="The distance of the points that are asked for"
                onChange={(event) => change({ step: event.target.value || undefined } as ExploreSearch)}
              >
                <option value="">Auto</option>
                {[...(search.step === undefined || STEPS.includes(search.step) ? [] : [search.step]), ...STEPS].map(
                  (step) => (
                    <option key={step} value={step}>
                      {formatValue((stepMsOf(step) ?? 0) / 1000, "s")}
                    </option>
                  ),
                )}
              </select>
            </label>
            <label className={classes.unit}>
              <input
                type="checkbox"
                checked={search.stacked ?? false}
                onChange={(event) => change({ stacked: event.target.checked || undefined } as ExploreSearch)}
              />
              Stacked
            </label>
            <button type="button" className={classes.small} onClick={share}>
              <IconLink size={15} stroke={1.6} /> {copied ? "Copied" : "Copy link"}
            </button>
          </div>
        </section>
        <h2 className="sr-only">Answer</h2>
        <div className={classes.views} data-print="no" role="tablist" aria-label="Show as">
          {(["graph", "table"] as const).map((view) => {
            const isOn = (search.view ?? "graph") === view;
            return (
              <button
                key={view}
                type="button"
                role="tab"
                aria-selected={isOn}
                onClick={() => change({ view: view === "table" ? "table" : undefined } as ExploreSearch)}
              >
                {view === "table" ? "Table" : "Graph"}
              </button>
            );
          })}
        </div>
        {asked.length === 0 ? (
          <Start onPick={put} />
        ) : search.view === "table" ? (
          <ResultsTable
            queries={asked.map((text) => text.replaceAll("$__rate_interval", "1m").replaceAll("$__interval", "15s"))}
            unit={unit}
            atMs={range.kind === "fixed" ? range.toMs : undefined}
            runId={runId}
          />
        ) : (
          <Graph
            key={`${runId} ${JSON.stringify(asked)} ${unit} ${search.stacked} ${search.step}`}
            queries={asked}
            unit={unit}
            stacked={search.stacked ?? false}
            stepMs={stepMsOf(search.step)}
            onNotes={(query, one) => setNotes((old) => ({ ...old, [query]: one }))}
          />
        )}
        {browsing && (
          <MetricBrowser
            onClose={() => setBrowsing(false)}
            onPick={(expr, metric) => {
              setBrowsing(false);
              put(expr, unitOfMetric(metric, expr.startsWith("rate(")));
            }}
          />
        )}
        {costParts !== undefined && <Cost parts={costParts} onClose={() => setCostParts(undefined)} />}
      </main>
    </InvestigatedPage>
  );
}

interface GraphProps {
  readonly queries: readonly string[];
  readonly unit: string;
  readonly stacked: boolean;
  readonly stepMs: number | undefined;
  readonly onNotes: NonNullable<PanelSpec["onNotes"]>;
}

function Graph({ queries, unit, stacked, stepMs, onNotes }: GraphProps) {
  const title = queries.length === 1 ? queries[0]! : `${queries.length} queries`;
  const spec: PanelSpec = {
    id: "explore-graph",
    title,
    unit,
    stacked,
    ...(stepMs === undefined ? {} : { stepMs }),
    maxLines: MAX_LINES,
    onNotes,
    queries: queries.map((expr, i) => ({
      expr,
      label: (labels, shared) =>
        (queries.length > 1 ? `${String.fromCharCode(65 + i)} ` : "") + nameOf(labels, shared, expr),
    })),
  };
  return <Panel spec={spec} height={GRAPH_HEIGHT} />;
}

/** A series without labels is named by what was asked. */
function nameOf(labels: Readonly<Record<string, string>>, shared: readonly string[], expr: string): string {
  return Object.keys(labels).length === 0 ? expr : seriesName(labels, shared);
}

function QueryNotes({ notes }: { readonly notes: AnswerNotes | undefined }) {
  if (notes === undefined) return null;
  const { stats, warnings, infos } = notes;
  return (
    <p className={classes.notes} role="status">
      {stats !== undefined && (
        <span data-testid="query-cost">
          {stats.seriesCount > 0 && `${stats.seriesCount.toLocaleString()} series · `}
          {stats.samplesTotal.toLocaleString()} samples · {formatValue(stats.cpuMs, "ms")}
        </span>
      )}
      {[...warnings, ...infos].map((text) => (
        <span key={text} className={classes.warning}>
          {text}
        </span>
      ))}
    </p>
  );
}

function TemplateMenu({ onPick }: { readonly onPick: (expr: string, unit: string) => void }) {
  return (
    <Menu position="bottom-start" shadow="md" width={340}>
      <Menu.Target>
        <button type="button" className={classes.small}>
          <IconBook2 size={15} stroke={1.6} /> Templates
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {TEMPLATES.map(({ title, templates }) => (
          <div key={title}>
            <Menu.Label>{title}</Menu.Label>
            {templates.map(({ question, expr, unit }) => (
              <Menu.Item key={expr} onClick={() => onPick(expr, unit)}>
                {question}
              </Menu.Item>
            ))}
          </div>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function HistoryMenu({ onPick }: { readonly onPick: (expr: string) => void }) {
  const [entries, setEntries] = useState<readonly string[]>([]);
  return (
    <Menu position="bottom-start" shadow="md" width={480} onOpen={() => setEntries(readHistory().slice(0, 15))}>
      <Menu.Target>
        <button type="button" className={classes.small}>
          <IconHistory size={15} stroke={1.6} /> History
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {entries.length === 0 && <Menu.Label>Queries that you run are kept here, on this browser.</Menu.Label>}
        {entries.map((text) => (
          <Menu.Item key={text} onClick={() => onPick(text)}>
            <code className={classes.past}>{text}</code>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Start({ onPick }: { readonly onPick: (expr: string, unit: string) => void }) {
  return (
    <section className={classes.start} aria-label="Questions to start with">
      {TEMPLATES.map(({ title, templates }) => (
        <div key={title}>
          <h2>{title}</h2>
          <ul>
            {templates.map(({ question, expr, unit }) => (
              <li key={expr}>
                <button type="button" onClick={() => onPick(expr, unit)}>
                  {question}
                  <code>{expr}</code>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

/** By the first metric's name, where nobody has chosen. */
/** By the metrics' names; a plain number where the queries do not agree. */
function guessUnit(queries: readonly string[]): string {
  const [unit = "short", ...others] = new Set(queries.map(unitOfQuery));
  return others.length > 0 ? "short" : unit;
}

function unitOfQuery(expr: string): string {
  const name = /[a-zA-Z_:][\w:]*_(?:bytes|seconds|celsius|hertz|ratio|total|bytes_total|seconds_total)\b/.exec(
    expr,
  )?.[0];
  return name === undefined ? "short" : unitOfMetric(name, /\b(rate|irate)\(/.test(expr));
}
