/** One chart with its title, legend, states and menu. Works only while it is on the screen. */
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
import { adopt, feedOf, isBegun } from "./begun-feeds.ts";
import { ChartPlot } from "./chart-plot.ts";
import { cancelDrawing, drawNextFrame, drawSoon, writeText, writeWhenDrawn } from "./frames.ts";
import { KeyboardCursor } from "./keyboard-cursor.tsx";
import { Legend, type LegendHandle } from "./legend.tsx";
import { hiddenCount, linesOf } from "./lines.ts";
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
  const plot = useRef<ChartPlot | undefined>(undefined);
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
          <>
            <Plot key={state.shape} feed={feed} height={height} hidden={hidden} legend={legend} plot={plot} />
            <KeyboardCursor feed={feed} lines={lines} plot={plot} />
          </>
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
  readonly height: number;
  readonly hidden: ReadonlySet<string>;
  readonly legend: { readonly current: LegendHandle | null };
  /** Set while there is one. */
  readonly plot: { current: ChartPlot | undefined };
}

function Plot({ feed, height, hidden, legend, plot }: PlotProps) {
  const target = useRef<HTMLDivElement>(null);
  const bubble = useRef<HTMLDivElement>(null);
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
    </>
  );
}
