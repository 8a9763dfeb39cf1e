/**
 * A panel of rows over time: a heat map or states. Its frame, states and menu are a chart's.
 *
 * By keyboard: left and right move in time, up and down from row to row, and what is there is said.
 */
import type { DashboardPanel } from "@dmon/model";
import { type CSSProperties, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { usePreferences, useScheme } from "../../app/preferences.ts";
import { usePrinting } from "../../app/printing.ts";
import { cancelDrawing, drawNextFrame, writeText } from "../../charts/frames.ts";
import { KeyboardStop } from "../../charts/keyboard-stop.tsx";
import { linesOf } from "../../charts/lines.ts";
import { usePageView } from "../../charts/page-view.tsx";
import frameClasses from "../../charts/panel.module.css";
import { PanelError } from "../../charts/panel-error.tsx";
import { PanelFeed } from "../../charts/panel-feed.ts";
import { PanelMenu } from "../../charts/panel-menu.tsx";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import { RowsPlot } from "../../charts/rows-plot.ts";
import { useOnScreen } from "../../charts/use-on-screen.ts";
import { formatInstant } from "../../time/time-range.ts";
import { usePageTime } from "../../time/use-time.ts";
import { formatValue } from "../../units/units.ts";
import { heatColor, heatDrawing, type ReadableRows, stateColor, stateDrawing } from "./draw-rows.ts";
import { type Heatmap, heatmapOf } from "./heatmap.ts";
import classes from "./rows-panel.module.css";
import { type States, statesOf } from "./states.ts";

export interface RowsPanelProps {
  readonly panel: DashboardPanel;
  readonly spec: PanelSpec;
  /** Of the drawing, px. */
  readonly height: number;
  readonly withLegend: boolean;
}

type Content =
  | { readonly kind: "heatmap"; readonly heat: Heatmap; readonly drawing: ReadableRows }
  | { readonly kind: "states"; readonly states: States; readonly drawing: ReadableRows };

export function RowsPanel({ panel, spec, height, withLegend }: RowsPanelProps) {
  const { view } = usePageView();
  const frame = useRef<HTMLElement>(null);
  const onScreen = useOnScreen(frame);
  const [feed] = useState(() => new PanelFeed(spec, view));
  const state = useSyncExternalStore(feed.listenState, () => feed.state);
  const [version, count] = useState(0);
  useEffect(() => feed.setView(view), [feed, view]);
  useEffect(() => {
    feed.setActive(onScreen);
    return () => feed.setActive(false);
  }, [feed, onScreen]);
  useEffect(() => feed.listenData(() => count((n) => n + 1)), [feed]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` stands for what lies in the feed's table
  const content = useMemo(() => contentOf(feed, panel), [feed, panel, version]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` stands for what lies in the feed's table
  const lines = useMemo(() => linesOf(feed.table, spec), [feed, spec, version]);
  const isEmpty = content.kind === "heatmap" ? content.heat.rows.length === 0 : content.states.rows.length === 0;

  return (
    <figure ref={frame} className={frameClasses.panel} aria-labelledby={`${spec.id}-title`} data-panel={spec.id}>
      <figcaption className={frameClasses.head}>
        <h3 id={`${spec.id}-title`} className={frameClasses.title} title={spec.help}>
          {spec.title}
        </h3>
        {state.phase === "ready" && state.error !== undefined && (
          <span className={frameClasses.stale} title={state.error}>
            not up to date
          </span>
        )}
        <PanelMenu feed={feed} lines={lines} withLegend={false} />
      </figcaption>
      <div className={frameClasses.stage} style={{ height }}>
        {state.phase === "ready" && !isEmpty && onScreen && <Drawn feed={feed} content={content} height={height} />}
        {state.phase === "ready" && isEmpty && (
          <p className={frameClasses.message}>Nothing was recorded in this time.</p>
        )}
        {(state.phase === "loading" || state.phase === "idle") && (
          <div className={frameClasses.skeleton} aria-hidden="true" data-loading="" />
        )}
        {state.phase === "error" && <PanelError feed={feed} />}
      </div>
      {withLegend && state.phase === "ready" && !isEmpty && <RowsLegend content={content} />}
    </figure>
  );
}

function contentOf(feed: PanelFeed, panel: DashboardPanel): Content {
  const { table, spec } = feed;
  const stepS = feed.stepMs / 1000;
  if (panel.kind === "heatmap") {
    const heat = heatmapOf(table, spec, panel.distribution === true);
    return { kind: "heatmap", heat, drawing: heatDrawing(heat, table.times, stepS, spec.unit) };
  }
  const states = statesOf(table, spec, panel, stepS);
  return { kind: "states", states, drawing: stateDrawing(states, table.times, panel.separate === true) };
}

interface DrawnProps {
  readonly feed: PanelFeed;
  readonly content: Content;
  readonly height: number;
}

/** Names of series take more room than numbers. */
const NAME_WIDTH = { least: 62, most: 170, perLetter: 6.6 };

function labelWidthOf({ drawing }: Content): number {
  const longest = Math.max(0, ...drawing.ticks.map(({ text }) => text.length));
  return Math.round(Math.min(NAME_WIDTH.most, Math.max(NAME_WIDTH.least, longest * NAME_WIDTH.perLetter + 14)));
}

function Drawn({ feed, content, height }: DrawnProps) {
  const target = useRef<HTMLDivElement>(null);
  const bubble = useRef<HTMLDivElement>(null);
  const plot = useRef<RowsPlot | undefined>(undefined);
  const scheme = useScheme();
  const { utc } = usePreferences();
  const isPrinting = usePrinting();
  const time = usePageTime();
  const page = usePageView();
  const latest = useRef({ time, page, content });
  latest.current = { time, page, content };
  const labelWidth = labelWidthOf(content);

  // biome-ignore lint/correctness/useExhaustiveDependencies: on paper it has another width, at once
  useEffect(() => {
    const element = target.current!;
    const setting = {
      scheme,
      utc,
      height,
      labelWidth: Math.min(labelWidth, element.clientWidth / 3),
      width: element.clientWidth,
      window: () => feed.window,
      marks: () => latest.current.page.marks,
      markedWindow: () => latest.current.page.markedWindow,
    };
    const made = new RowsPlot(element, latest.current.content.drawing, setting, {
      onSelect: (fromS, toS, withShift) =>
        withShift ? latest.current.page.onWhatChanged(fromS, toS) : latest.current.time.zoom(fromS, toS),
      onBack: () => latest.current.time.back(),
      onPoint: (atS, row) => {
        if (bubble.current === null) return;
        const read = atS === undefined || row === undefined ? undefined : latest.current.content.drawing.read(atS, row);
        const moment = atS === undefined ? "" : formatInstant(atS * 1000, utc, false);
        writeText(bubble.current, read === undefined ? moment : `${read} · ${moment}`);
      },
    });
    plot.current = made;
    const resize = new ResizeObserver(() => made.resize(element.clientWidth, height));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [feed, scheme, utc, height, labelWidth, isPrinting]);

  useEffect(() => {
    const draw = () => plot.current?.refresh(content.drawing);
    drawNextFrame(draw);
    return () => cancelDrawing(draw);
  }, [content]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: marks are read by the plot itself; it is told to look again
  useEffect(() => plot.current?.redraw(), [page.marks, page.markedWindow]);

  return (
    <>
      <div ref={target} className={frameClasses.plot} />
      <div ref={bubble} className={`${frameClasses.bubble} ${classes.bubble}`} aria-hidden="true" />
      <KeyboardReader feed={feed} content={content} plot={plot} />
    </>
  );
}

interface KeyboardReaderProps {
  readonly feed: PanelFeed;
  readonly content: Content;
  readonly plot: { readonly current: RowsPlot | undefined };
}

function KeyboardReader({ feed, content, plot }: KeyboardReaderProps) {
  const { utc } = usePreferences();
  const page = usePageView();
  const [said, setSaid] = useState("");
  const at = useRef<{ index: number; row: number } | undefined>(undefined);
  const { drawing } = content;

  const move = (byTime: number, byRow: number) => {
    const { times, rowCount } = drawing;
    const { index, row } = at.current ?? { index: times.length - 1 - byTime, row: -byRow };
    at.current = {
      index: Math.min(times.length - 1, Math.max(0, index + byTime)),
      row: Math.min(rowCount - 1, Math.max(0, row + byRow)),
    };
    const atS = times[at.current.index]!;
    plot.current?.pointAt(atS);
    setSaid(`${formatInstant(atS * 1000, utc, false)}, ${drawing.read(atS, at.current.row) ?? "nothing"}`);
  };
  const leave = () => {
    at.current = undefined;
    plot.current?.pointAt(undefined);
    setSaid("");
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = event.ctrlKey || event.metaKey ? 10 : 1;
    if (event.key === "ArrowLeft") move(-step, 0);
    else if (event.key === "ArrowRight") move(step, 0);
    else if (event.key === "ArrowUp") move(0, 1);
    else if (event.key === "ArrowDown") move(0, -1);
    else if (event.key.toLowerCase() === "w") page.onWhatChanged(...feed.window);
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <KeyboardStop
      label={`${feed.spec.title}: ${summaryOf(content, feed)}. Arrow keys read it, left and right in time, up and down from row to row.`}
      said={said}
      onKeyDown={onKeyDown}
      onLeave={leave}
    />
  );
}

function summaryOf(content: Content, { spec }: PanelFeed): string {
  if (content.kind === "heatmap") {
    const { rows, max } = content.heat;
    return `a heat map of ${rows.length} rows, at most ${formatValue(max, "short")} in a cell; numbers in ${spec.unit}`;
  }
  return content.states.rows
    .slice(0, 8)
    .map(({ label, stretches }) => `${label} ${stretches.at(-1)?.state.name ?? "nothing"}`)
    .join(", ");
}

function RowsLegend({ content }: { readonly content: Content }) {
  const scheme = useScheme();
  if (content.kind === "states") {
    return (
      <ul className={classes.legend} aria-label="States">
        {content.states.states.slice(0, 20).map((state) => (
          <li key={state.id}>
            <span className={classes.swatch} style={{ background: stateColor(state, scheme) }} aria-hidden="true" />
            {state.name}
          </li>
        ))}
      </ul>
    );
  }
  const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => `${heatColor(Math.sqrt(share), scheme)} ${share * 100}%`);
  return (
    <p className={classes.legend}>
      <span>0</span>
      <span
        className={classes.ramp}
        style={{ "--ramp": `linear-gradient(to right, ${stops.join(", ")})` } as CSSProperties}
        aria-hidden="true"
      />
      <span>{formatValue(content.heat.max, "short")}</span>
    </p>
  );
}
