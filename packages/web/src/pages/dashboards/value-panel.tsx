/** Panels that show numbers and not lines: stat, gauge, bars, table. Their data is a chart's, reduced to one value a series. */
import IconExternalLink from "virtual:icon/external-link";
import type { DashboardPanel } from "@dmon/model";
import { type CSSProperties, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useScheme } from "../../app/preferences.ts";
import { usePageView } from "../../charts/page-view.tsx";
import { hexOf } from "../../charts/palette.ts";
import { PanelFeed } from "../../charts/panel-feed.ts";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import { Sparkline } from "../../charts/sparkline.ts";
import { timed } from "../../charts/timed-link.ts";
import { useOnScreen } from "../../charts/use-on-screen.ts";
import { mappingOf } from "./panel-specs.ts";
import { gridOf, type Reading, readingsOf } from "./readings.ts";
import classes from "./value-panel.module.css";

export interface ValuePanelProps {
  readonly panel: DashboardPanel;
  readonly spec: PanelSpec;
}

export function ValuePanel({ panel, spec }: ValuePanelProps) {
  const { view } = usePageView();
  const frame = useRef<HTMLElement>(null);
  const onScreen = useOnScreen(frame);
  const [feed] = useState(() => new PanelFeed(spec, view));
  const state = useSyncExternalStore(feed.listenState, () => feed.state);
  const [, redraw] = useState(0);
  useEffect(() => feed.setView(view), [feed, view]);
  useEffect(() => {
    feed.setActive(onScreen);
    return () => feed.setActive(false);
  }, [feed, onScreen]);
  useEffect(() => feed.listenData(() => redraw((n) => n + 1)), [feed]);
  const readings = readingsOf(feed.table, spec, panel);

  return (
    <figure ref={frame} className={classes.panel} aria-labelledby={`${spec.id}-title`} data-panel={spec.id}>
      <figcaption id={`${spec.id}-title`} className={classes.title} title={spec.help}>
        {spec.title}
        {(spec.links ?? []).map(({ title, url }) => (
          <a
            key={url}
            className={classes.link}
            href={timed(url, feed.window)}
            target="_blank"
            rel="noreferrer"
            title={title}
            aria-label={title}
            data-print="no"
          >
            <IconExternalLink size={13} stroke={1.6} />
          </a>
        ))}
      </figcaption>
      {state.phase === "error" && (
        <p className={classes.message} role={state.isQueryWrong ? "alert" : undefined}>
          {state.error}
        </p>
      )}
      {(state.phase === "loading" || state.phase === "idle") && (
        <p className={classes.message} data-loading="">
          Loading…
        </p>
      )}
      {state.phase === "ready" && readings.length === 0 && (
        <p className={classes.message}>{mappingOf(null, panel)?.text ?? "No data"}</p>
      )}
      {state.phase === "ready" && readings.length > 0 && <Readings panel={panel} readings={readings} feed={feed} />}
    </figure>
  );
}

interface ReadingsProps {
  readonly panel: DashboardPanel;
  readonly readings: readonly Reading[];
  readonly feed: PanelFeed;
}

function Readings({ panel, readings, feed }: ReadingsProps) {
  if (panel.kind === "table") return <ReadingTable readings={readings} panel={panel} />;
  if (panel.kind === "bars") return <Bars readings={readings} />;
  if (panel.kind === "gauge") return <Gauges readings={readings} />;
  return (
    <div className={classes.stats}>
      {readings.map(({ key, label, text, level, column }) => (
        <p key={key} className={classes.stat} data-level={level}>
          <b>{text}</b>
          {readings.length > 1 && <span>{label}</span>}
          {panel.spark && <Spark feed={feed} values={column.values} />}
        </p>
      ))}
    </div>
  );
}

/** The number's course in the shown time. */
function Spark({ feed, values }: { readonly feed: PanelFeed; readonly values: readonly (number | null)[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const sparkline = useRef<Sparkline>(undefined);
  const scheme = useScheme();
  const { min, max } = feed.spec;
  // Drawn with every rendering, which new data causes.
  useEffect(() => {
    if (canvas.current === null) return;
    const size = { width: canvas.current.clientWidth, height: canvas.current.clientHeight };
    sparkline.current ??= new Sparkline(canvas.current);
    sparkline.current.draw(size, feed.table.times, values, feed.window, { color: hexOf("blue", scheme), min, max });
  });
  return <canvas ref={canvas} className={classes.spark} />;
}

function Bars({ readings }: { readonly readings: readonly Reading[] }) {
  return (
    <ul className={classes.bars}>
      {readings.map(({ key, label, text, level, share }) => (
        <li key={key} data-level={level}>
          <span>{label}</span>
          <b>{text}</b>
          <span className={classes.track}>
            <span style={{ width: `${share * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Gauges({ readings }: { readonly readings: readonly Reading[] }) {
  return (
    <div className={classes.gauges}>
      {readings.map(({ key, label, text, level, share }) => (
        <div key={key} className={classes.gauge} data-level={level} style={{ "--share": share } as CSSProperties}>
          <svg viewBox="0 0 100 56" aria-hidden="true">
            <path d="M8 52 A 42 42 0 0 1 92 52" pathLength={1} className={classes.gaugeTrack} />
            <path
              d="M8 52 A 42 42 0 0 1 92 52"
              pathLength={1}
              strokeDasharray={`${share} 1`}
              className={classes.gaugeValue}
            />
          </svg>
          <b>{text}</b>
          {readings.length > 1 && <span>{label}</span>}
        </div>
      ))}
    </div>
  );
}

interface Order {
  /** Index among labels and values together. */
  readonly at: number;
  readonly descending: boolean;
}

function ReadingTable({ readings, panel }: { readonly readings: readonly Reading[]; readonly panel: DashboardPanel }) {
  const { columns, values, rows } = gridOf(readings, panel);
  const [order, setOrder] = useState<Order>({ at: columns.length, descending: true });
  const sign = order.descending ? -1 : 1;
  const sorted = rows.toSorted((a, b) => {
    const value = order.at - columns.length;
    if (value < 0)
      return sign * (a.cells[order.at] ?? "").localeCompare(b.cells[order.at] ?? "", undefined, { numeric: true });
    return sign * ((a.readings[value]?.value ?? -Infinity) - (b.readings[value]?.value ?? -Infinity));
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={classes.scroll} tabIndex={0} aria-label="Values">
      <table className={classes.table}>
        <thead>
          <tr>
            {[...columns, ...values].map((name, at) => {
              const isSorted = order.at === at;
              const descending = isSorted ? !order.descending : at >= columns.length;
              return (
                <th
                  key={`${at < columns.length ? "label" : "value"} ${name}`}
                  scope="col"
                  data-numeric={at >= columns.length || undefined}
                  aria-sort={isSorted ? (order.descending ? "descending" : "ascending") : undefined}
                >
                  <button type="button" onClick={() => setOrder({ at, descending })}>
                    {name}
                    <span aria-hidden="true">{isSorted ? (order.descending ? " ↓" : " ↑") : ""}</span>
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted.map(({ key, cells, readings: own }) => (
            <tr key={key}>
              {columns.map((name, i) => (
                <td key={name}>{cells[i]}</td>
              ))}
              {values.map((name, i) => (
                <td key={name} data-numeric="" data-level={own[i]?.level}>
                  {own[i]?.text ?? "–"}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
