/** Panels that show numbers and not lines: stat, gauge, bars, table. Their data is a chart's, reduced to one value a series. */
import type { DashboardPanel, DashboardThreshold } from "@dmon/model";
import { type CSSProperties, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { linesOf } from "../../charts/lines.ts";
import { usePageView } from "../../charts/page-view.tsx";
import { PanelFeed } from "../../charts/panel-feed.ts";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import { useOnScreen } from "../../charts/use-on-screen.ts";
import { formatValue } from "../../units/units.ts";
import { levelOf } from "./panel-specs.ts";
import classes from "./value-panel.module.css";

export interface ValuePanelProps {
  readonly panel: DashboardPanel;
  readonly spec: PanelSpec;
}

interface Reading {
  readonly key: string;
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly level: DashboardThreshold["level"];
  /** 0–1 between the panel's ends. */
  readonly share: number;
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
  const readings = readingsOf(feed, panel);

  return (
    <figure ref={frame} className={classes.panel} aria-labelledby={`${spec.id}-title`} data-panel={spec.id}>
      <figcaption id={`${spec.id}-title`} className={classes.title} title={spec.help}>
        {spec.title}
      </figcaption>
      {state.phase === "error" && (
        <p className={classes.message} role="alert">
          {state.error}
        </p>
      )}
      {state.phase === "ready" && readings.length === 0 && <p className={classes.message}>No data</p>}
      {state.phase === "ready" && readings.length > 0 && <Readings kind={panel.kind} readings={readings} />}
    </figure>
  );
}

function Readings({
  kind,
  readings,
}: {
  readonly kind: DashboardPanel["kind"];
  readonly readings: readonly Reading[];
}) {
  if (kind === "table") return <ReadingTable readings={readings} />;
  if (kind === "bars") return <Bars readings={readings} />;
  if (kind === "gauge") return <Gauges readings={readings} />;
  return (
    <div className={classes.stats}>
      {readings.map(({ key, label, text, level }) => (
        <p key={key} className={classes.stat} data-level={level}>
          <b>{text}</b>
          {readings.length > 1 && <span>{label}</span>}
        </p>
      ))}
    </div>
  );
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

function ReadingTable({ readings }: { readonly readings: readonly Reading[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={classes.scroll} tabIndex={0} aria-label="Values">
      <table className={classes.table}>
        <tbody>
          {readings.map(({ key, label, text }) => (
            <tr key={key}>
              <th scope="row">{label}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function readingsOf(feed: PanelFeed, panel: DashboardPanel): Reading[] {
  const { spec } = feed;
  const found = linesOf(feed.table, spec).flatMap(({ key, label, column }) => {
    const value = reduce(column.values, panel.reduce ?? "last");
    return value === undefined ? [] : [{ key, label, value }];
  });
  const min = panel.min ?? 0;
  const max =
    panel.max ??
    (spec.unit === "percentunit" ? 1 : spec.unit === "percent" ? 100 : Math.max(...found.map((one) => one.value)));
  return found.map((one) => ({
    ...one,
    text: formatValue(one.value, spec.unit, spec.decimals),
    level: levelOf(one.value, panel),
    share: Math.min(1, Math.max(0, (one.value - min) / (max - min || 1))),
  }));
}

function reduce(values: readonly (number | null)[], how: NonNullable<DashboardPanel["reduce"]>): number | undefined {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return undefined;
  if (how === "max") return Math.max(...known);
  if (how === "min") return Math.min(...known);
  const sum = () => known.reduce((total, value) => total + value, 0);
  if (how === "sum") return sum();
  return how === "mean" ? sum() / known.length : known.at(-1);
}
