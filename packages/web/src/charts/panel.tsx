/**
 * One chart with its title, legend, states and menu. Works only while it is on the screen.
 *
 * By keyboard: arrows move the crosshair, Shift+arrows select, Enter zooms in, W asks what changed, Escape goes back.
 */
import {
  memo,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { usePreferences, useScheme } from "../app/preferences.ts";
import { usePrinting } from "../app/printing.ts";
import { formatInstant } from "../time/time-range.ts";
import { usePageTime } from "../time/use-time.ts";
import { formatValue } from "../units/units.ts";
import { adopt, feedOf, isBegun } from "./begun-feeds.ts";
import { ChartPlot } from "./chart-plot.ts";
import { cancelDrawing, drawNextFrame, drawSoon, writeText, writeWhenDrawn } from "./frames.ts";
import { Legend, type LegendHandle } from "./legend.tsx";
import { hiddenCount, type Line, lastValue, linesOf } from "./lines.ts";
import { usePageView } from "./page-view.tsx";
import classes from "./panel.module.css";
import { PanelError } from "./panel-error.tsx";
import type { PanelFeed } from "./panel-feed.ts";
import { PanelHelp } from "./panel-help.tsx";
import { PanelMenu } from "./panel-menu.tsx";
import type { PanelSpec } from "./panel-spec.ts";
import { useOnScreen } from "./use-on-screen.ts";

export interface PanelProps {
  /** A panel keeps the one that it was mounted with: give it a `key` where it may change. */
  readonly spec: PanelSpec;
  readonly height?: number;
  /** Beside the title. */
  readonly aside?: ReactNode;
  readonly withLegend?: boolean;
}

const DEFAULT_HEIGHT = 168;
/** What a legend usually takes, so that little moves once it is there. */
const LEGEND_HEIGHT = 52;

/** Rendered anew only where its own properties change: a page of sixty must not follow each of its page's renderings. */
export const Panel = memo(function Panel({ spec, height = DEFAULT_HEIGHT, aside, withLegend = true }: PanelProps) {
  const { view } = usePageView();
  const frame = useRef<HTMLElement>(null);
  const [feed] = useState(() => feedOf(spec, view));
  const onScreen = useOnScreen(frame, isBegun(feed));
  const [wasSeen, setWasSeen] = useState(onScreen);
  if (onScreen && !wasSeen) setWasSeen(true);

  useEffect(() => feed.setView(view), [feed, view]);
  useEffect(() => {
    feed.setActive(onScreen);
  }, [feed, onScreen]);
  useEffect(() => {
    adopt(feed);
    return () => feed.setActive(false);
  }, [feed]);

  return (
    <figure ref={frame} className={classes.panel} aria-labelledby={`${feed.spec.id}-title`} data-panel={feed.spec.id}>
      {wasSeen ? (
        <PanelBody feed={feed} height={height} onScreen={onScreen} aside={aside} withLegend={withLegend} />
      ) : (
        <Unseen id={feed.spec.id} title={feed.spec.title} height={height} />
      )}
    </figure>
  );
});

interface UnseenProps {
  readonly id: string;
  readonly title: string;
  readonly height: number;
}

/** A panel that nobody has scrolled to: its title and its place. A page of fifty then opens as fast as one of five. */
function Unseen({ id, title, height }: UnseenProps) {
  return (
    <>
      <div className={classes.head}>
        <h3 id={`${id}-title`} className={classes.title}>
          {title}
        </h3>
      </div>
      <div style={{ height: height + LEGEND_HEIGHT }} />
    </>
  );
}

interface PanelBodyProps {
  readonly feed: PanelFeed;
  readonly height: number;
  readonly onScreen: boolean;
  readonly aside: ReactNode;
  readonly withLegend: boolean;
}

function PanelBody({ feed, height, onScreen, aside, withLegend }: PanelBodyProps) {
  const { spec } = feed;
  const state = useSyncExternalStore(feed.listenState, () => feed.state);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  // The table's columns change with `shape` only.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for the columns inside `feed.table`
  const lines = useMemo(() => linesOf(feed.table, spec), [feed, spec, state.shape]);
  const legend = useRef<LegendHandle>(null);
  const more = hiddenCount(feed.table, spec);

  return (
    <>
      <figcaption className={classes.head}>
        <h3 id={`${spec.id}-title`} className={classes.title}>
          {spec.title}
        </h3>
        {spec.help !== undefined && <PanelHelp title={spec.title} text={spec.help} />}
        {aside}
        {state.phase === "ready" && state.error !== undefined && (
          <span className={classes.stale} title={state.error}>
            not up to date
          </span>
        )}
        <PanelMenu feed={feed} lines={lines} />
      </figcaption>
      <div className={classes.stage} style={{ height }}>
        {state.phase === "ready" && lines.length > 0 && onScreen && (
          <Plot key={state.shape} feed={feed} lines={lines} height={height} hidden={hidden} legend={legend} />
        )}
        {state.phase === "ready" && lines.length === 0 && (
          <p className={classes.message}>Nothing was recorded in this time.</p>
        )}
        {(state.phase === "loading" || state.phase === "idle") && (
          <div className={classes.skeleton} aria-hidden="true" data-loading="" />
        )}
        {state.phase === "error" && <PanelError feed={feed} />}
      </div>
      {withLegend && (
        <Legend
          ref={legend}
          lines={lines}
          unit={spec.unit}
          decimals={spec.decimals}
          hidden={hidden}
          onHide={setHidden}
        />
      )}
      {more > 0 && (
        <p className={classes.more}>
          {more.toLocaleString()} more series are not drawn: these reach highest.{" "}
          <button type="button" className={classes.all} onClick={() => feed.drawAll()}>
            Draw all {(more + lines.length).toLocaleString()}
          </button>
        </p>
      )}
    </>
  );
}

interface PlotProps {
  readonly feed: PanelFeed;
  readonly lines: readonly Line[];
  readonly height: number;
  readonly hidden: ReadonlySet<string>;
  readonly legend: { readonly current: LegendHandle | null };
}

function Plot({ feed, lines, height, hidden, legend }: PlotProps) {
  const target = useRef<HTMLDivElement>(null);
  const bubble = useRef<HTMLDivElement>(null);
  const plot = useRef<ChartPlot | undefined>(undefined);
  const width = useRef(0);
  const scheme = useScheme();
  const { utc } = usePreferences();
  const isPrinting = usePrinting();
  const time = usePageTime();
  const page = usePageView();
  const actions = useRef({ time, page });
  actions.current = { time, page };

  // Looked at before any chart of this rendering is made: in between, each look would lay out the page anew.
  useLayoutEffect(() => {
    width.current = target.current!.clientWidth;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: on paper it has another width, at once
  useEffect(() => {
    const element = target.current!;
    const setting = {
      scheme,
      utc,
      hidden,
      height,
      width: width.current,
      marks: () => actions.current.page.marks,
      markedWindow: () => actions.current.page.markedWindow,
    };
    let index: number | null = null;
    const noteNear = (atS: number) => {
      const [fromS, toS] = feed.window;
      const near = (toS - fromS) / 80;
      const note = actions.current.page.marks.find((mark) => Math.abs(mark.atS - atS) <= near);
      return note === undefined ? "" : `${note.text} · `;
    };
    const show = (at: number | null, nearest: string | undefined) => {
      index = at;
      legend.current?.show(at, nearest);
      const atS = at === null ? undefined : feed.table.times[at];
      if (bubble.current !== null) {
        writeText(bubble.current, atS === undefined ? "" : `${noteNear(atS)}${formatInstant(atS * 1000, utc, false)}`);
      }
    };
    const made = new ChartPlot(element, feed, setting, {
      onSelect: (fromS, toS, withShift) =>
        withShift ? actions.current.page.onWhatChanged(fromS, toS) : actions.current.time.zoom(fromS, toS),
      onBack: () => actions.current.time.back(),
      onCursor: show,
    });
    plot.current = made;
    legend.current?.show(null, undefined);
    const showLatest = () => legend.current?.show(null, undefined);
    const draw = () => {
      made.refresh();
      if (index === null) writeWhenDrawn(showLatest);
    };
    const unlisten = feed.listenData(() => (feed.followsStream ? drawNextFrame : drawSoon)(draw));
    const resize = new ResizeObserver(() => made.resize(element.clientWidth, height));
    resize.observe(element);
    return () => {
      cancelDrawing(draw);
      resize.disconnect();
      unlisten();
      made.destroy();
      plot.current = undefined;
    };
  }, [feed, scheme, utc, hidden, height, legend, isPrinting]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: marks are read by the plot itself; it is told to look again
  useEffect(() => plot.current?.redraw(), [page.marks, page.markedWindow]);

  return (
    <>
      <div ref={target} className={classes.plot} />
      <div ref={bubble} className={classes.bubble} aria-hidden="true" />
      <KeyboardCursor feed={feed} lines={lines} plot={plot} />
    </>
  );
}

interface KeyboardCursorProps {
  readonly feed: PanelFeed;
  readonly lines: readonly Line[];
  readonly plot: { readonly current: ChartPlot | undefined };
}

/** Makes a chart usable by keyboard and readable by a screen reader: a focus stop over it that tells what it points at. */
function KeyboardCursor({ feed, lines, plot }: KeyboardCursorProps) {
  const time = usePageTime();
  const page = usePageView();
  const { utc } = usePreferences();
  const [said, setSaid] = useState("");
  const at = useRef<number | undefined>(undefined);
  const anchor = useRef<number | undefined>(undefined);

  const timesOf = () => feed.table.times;
  const move = (by: number, selecting: boolean) => {
    const times = timesOf();
    const from = at.current ?? times.length - 1;
    anchor.current = selecting ? (anchor.current ?? from) : undefined;
    at.current = Math.min(times.length - 1, Math.max(0, from + by));
    plot.current?.pointAt(at.current);
    const values = lines.map((line) => `${line.label} ${formatValue(line.column.values[at.current!], feed.spec.unit)}`);
    const moment = formatInstant(times[at.current]! * 1000, utc, false);
    setSaid(`${selecting ? "Selecting to " : ""}${moment}: ${values.slice(0, 8).join(", ")}`);
  };
  const selection = (): readonly [number, number] | undefined => {
    if (at.current === undefined || anchor.current === undefined || at.current === anchor.current) return undefined;
    const [a, b] = [timesOf()[at.current]!, timesOf()[anchor.current]!];
    return [Math.min(a, b), Math.max(a, b)];
  };
  const leave = () => {
    at.current = undefined;
    anchor.current = undefined;
    plot.current?.clearPoint();
    setSaid("");
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = event.ctrlKey || event.metaKey ? 10 : 1;
    const selected = selection();
    if (event.key === "ArrowLeft") move(-step, event.shiftKey);
    else if (event.key === "ArrowRight") move(step, event.shiftKey);
    else if (event.key === "Home") move(-timesOf().length, event.shiftKey);
    else if (event.key === "End") move(timesOf().length, event.shiftKey);
    else if (event.key === "Enter" && selected !== undefined) time.zoom(...selected);
    else if (event.key.toLowerCase() === "w") page.onWhatChanged(...(selected ?? feed.window));
    else if (event.key === "Escape") {
      leave();
      time.back();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const summary = lines
    .slice(0, 8)
    .map((line) => `${line.label} ${formatValue(lastValue(line.column), feed.spec.unit)}`)
    .join(", ");

  return (
    <>
      <div
        className={classes.keyboard}
        role="img"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart takes arrow keys, which its label explains
        tabIndex={0}
        aria-label={`${feed.spec.title}: ${summary}. Arrow keys read values, Shift and arrows select, Enter zooms, W asks what changed.`}
        onKeyDown={onKeyDown}
        onBlur={leave}
      />
      <span className="sr-only" aria-live="polite">
        {said}
      </span>
    </>
  );
}
