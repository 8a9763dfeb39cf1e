/** What all charts of a page share besides time: matchers, marks, and who is told to look at a window for changes. */
import { createContext, type ReactNode, useContext, useMemo, useRef } from "react";
import { usePageTime } from "../time/use-time.ts";
import type { Mark, MarkedWindow } from "./marks.ts";
import type { PanelView } from "./panel-feed.ts";

export interface PageView {
  readonly view: PanelView;
  readonly marks: readonly Mark[];
  readonly markedWindow: MarkedWindow | undefined;
  /** Asks what changed in a window; s. */
  onWhatChanged(fromS: number, toS: number): void;
}

const PageViewContext = createContext<PageView | undefined>(undefined);

export interface PageViewProviderProps {
  readonly scope: readonly string[];
  readonly marks?: readonly Mark[];
  readonly markedWindow?: MarkedWindow | undefined;
  readonly onWhatChanged?: (fromS: number, toS: number) => void;
  readonly children: ReactNode;
}

const NO_MARKS: readonly Mark[] = [];

export function PageViewProvider({
  scope,
  marks = NO_MARKS,
  markedWindow,
  onWhatChanged,
  children,
}: PageViewProviderProps) {
  const { range, compareMs } = usePageTime();
  const scopeKey = JSON.stringify(scope);
  const view = useMemo<PanelView>(
    () => ({ range, compareMs, scope: JSON.parse(scopeKey) as string[] }),
    [range, compareMs, scopeKey],
  );
  const handler = useRef(onWhatChanged);
  handler.current = onWhatChanged;
  const value = useMemo<PageView>(
    () => ({ view, marks, markedWindow, onWhatChanged: (from, to) => handler.current?.(from, to) }),
    [view, marks, markedWindow],
  );
  return <PageViewContext value={value}>{children}</PageViewContext>;
}

export function usePageView(): PageView {
  const value = useContext(PageViewContext);
  if (value === undefined) throw new Error("BUG: a chart outside of PageViewProvider");
  return value;
}
