/** A chart by keyboard: arrows move the crosshair, Shift+arrows select, Enter zooms in, W asks what changed, Escape goes back. */
import { useEffect, useRef, useState } from "react";
import { usePreferences } from "../app/preferences.ts";
import { formatInstant } from "../time/time-range.ts";
import { usePageTime } from "../time/use-time.ts";
import { formatValue } from "../units/units.ts";
import type { ChartPlot } from "./chart-plot.ts";
import { KeyboardStop } from "./keyboard-stop.tsx";
import { type Line, lastValue } from "./lines.ts";
import { usePageView } from "./page-view.tsx";
import type { PanelFeed } from "./panel-feed.ts";

interface KeyboardCursorProps {
  readonly feed: PanelFeed;
  readonly lines: readonly Line[];
  readonly plot: { readonly current: ChartPlot | undefined };
}

/**
 * Makes a chart usable by keyboard and readable by a screen reader: a focus stop over it that tells what it points at. It stays, and
 * keeps the focus, where the chart under it is made anew: after a zoom the next key goes on with what came.
 */
export function KeyboardCursor({ feed, lines, plot }: KeyboardCursorProps) {
  const time = usePageTime();
  const page = usePageView();
  const { utc } = usePreferences();
  const [said, setSaid] = useState("");
  const at = useRef<number | undefined>(undefined);
  const anchor = useRef<number | undefined>(undefined);

  // What was pointed at is not in other lines' data.
  // biome-ignore lint/correctness/useExhaustiveDependencies: other lines are the occasion
  useEffect(() => {
    at.current = undefined;
    anchor.current = undefined;
    setSaid("");
  }, [lines]);

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
    <KeyboardStop
      label={`${feed.spec.title}: ${summary}. Arrow keys read values, Shift and arrows select, Enter zooms, W asks what changed.`}
      said={said}
      onKeyDown={onKeyDown}
      onLeave={leave}
    />
  );
}
