/** The page's time range, read from and written to the URL; zooming remembers where it came from. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { live } from "../api/live.ts";
import { compareMsOf, rangeOf, readTimeSearch, searchOf, type TimeRange, windowMsOf } from "./time-range.ts";

export interface PageTime {
  readonly range: TimeRange;
  readonly compareMs: number;
  readonly compareText: string | undefined;
  setRange(range: TimeRange): void;
  setCompare(text: string | undefined): void;
  /** Into a part of the shown window; s. */
  zoom(fromS: number, toS: number): void;
  /** Where the last zoom came from, or back to live. */
  back(): void;
  /** True while there is a zoom to go back from. */
  isZoomed(): boolean;
  /** Stops the clock on what is shown, or lets it run on. */
  togglePause(): void;
  /** By a share of the window: 0.5 goes on by half of it, -0.5 back; turns live into fixed. */
  shift(share: number): void;
  /** 2 shows twice as much around the middle. */
  scale(factor: number): void;
}

/** Ranges that were zoomed out of; a page's life long, newest last. */
const trail: TimeRange[] = [];
const MAX_TRAIL = 50;
let lastLiveWindowMs: number | undefined;

export function usePageTime(): PageTime {
  const raw = useSearch({ strict: false }) as Readonly<Record<string, unknown>>;
  const navigate = useNavigate();
  const key = JSON.stringify(readTimeSearch(raw));

  const change = useCallback(
    (part: Readonly<Record<string, unknown>>) => {
      void navigate({
        to: ".",
        search: ((old: Readonly<Record<string, unknown>>) => ({ ...old, ...part })) as never,
        replace: false,
        resetScroll: false,
      });
    },
    [navigate],
  );

  return useMemo(() => {
    const search = readTimeSearch(JSON.parse(key) as Record<string, unknown>);
    const range = rangeOf(search);
    const setRange = (next: TimeRange) => {
      if (range.kind === "live") lastLiveWindowMs = range.windowMs;
      change({ range: undefined, from: undefined, to: undefined, ...searchOf(next) });
    };
    const remember = () => {
      trail.push(range);
      if (trail.length > MAX_TRAIL) trail.shift();
    };
    const ends = (): readonly [number, number] =>
      range.kind === "fixed" ? [range.fromMs, range.toMs] : [live.nowMs - range.windowMs, live.nowMs];
    return {
      range,
      compareMs: compareMsOf(search),
      compareText: search.compare,
      setRange: (next) => {
        trail.length = 0;
        setRange(next);
      },
      setCompare: (text) => change({ compare: text }),
      zoom: (fromS, toS) => {
        remember();
        const toMs = Math.max(toS, fromS + 2) * 1000;
        setRange({ kind: "fixed", fromMs: Math.round(fromS * 1000), toMs: Math.round(toMs) });
      },
      back: () => {
        const before = trail.pop();
        if (before !== undefined) setRange(before);
        else if (range.kind === "fixed") setRange({ kind: "live", windowMs: lastLiveWindowMs ?? windowMsOf(range) });
      },
      isZoomed: () => trail.length > 0,
      togglePause: () => {
        const [fromMs, toMs] = ends();
        if (range.kind === "live") setRange({ kind: "fixed", fromMs: Math.round(fromMs), toMs: Math.round(toMs) });
        else setRange({ kind: "live", windowMs: lastLiveWindowMs ?? 300_000 });
      },
      shift: (share) => {
        const [fromMs, toMs] = ends();
        const byMs = (toMs - fromMs) * share;
        if (toMs + byMs > live.nowMs + 1000) setRange({ kind: "live", windowMs: toMs - fromMs });
        else setRange({ kind: "fixed", fromMs: Math.round(fromMs + byMs), toMs: Math.round(toMs + byMs) });
      },
      scale: (factor) => {
        const [fromMs, toMs] = ends();
        if (range.kind === "live") return setRange({ kind: "live", windowMs: Math.max(5000, range.windowMs * factor) });
        const middle = (fromMs + toMs) / 2;
        const half = Math.max(1000, ((toMs - fromMs) / 2) * factor);
        setRange({
          kind: "fixed",
          fromMs: Math.round(middle - half),
          toMs: Math.round(Math.min(middle + half, live.nowMs)),
        });
      },
    };
  }, [key, change]);
}
