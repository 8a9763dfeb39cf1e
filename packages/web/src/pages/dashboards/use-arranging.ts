/**
 * Arranging panels: dragged and resized with a pointer, or by keyboard on the same handles.
 *
 * While a gesture lasts the document is as it was and `sections` is what it would become: Escape leaves everything in place.
 */
import type { DashboardPanel } from "@dmon/model";
import {
  type KeyboardEvent,
  type PointerEvent as ReactPointerEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { COLUMNS, heightOf, move, panelsOf, resize, type Section, sectionsOf } from "./layout.ts";

/** A row of the grid with the gap below it. */
export const CELL_PX = 38;
export const GAP_PX = 8;
const SCROLL_EDGE_PX = 70;
const SCROLL_STEP_PX = 14;

export type GestureKind = "move" | "resize";

export interface Gesture {
  readonly kind: GestureKind;
  readonly panel: DashboardPanel;
  /** Index of the section that it was taken from. */
  readonly home: number;
  /** Where the panel is drawn meanwhile, in the window: it follows the pointer. */
  readonly box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
}

export interface Arranging {
  readonly sections: readonly Section[];
  readonly gesture: Gesture | undefined;
  /** What a screen reader is told after a key. */
  readonly said: string;
  begin(kind: GestureKind, panel: DashboardPanel, event: ReactPointerEvent): void;
  onKey(kind: GestureKind, panel: DashboardPanel, event: KeyboardEvent): void;
  /** Moves a row with its panels up (−1) or down (1). */
  moveRow(row: DashboardPanel, by: -1 | 1): void;
}

/**
 * @param frame holds the sections' grids, elements with `data-grid`: the section's index; and the handles, with
 *   `data-handle`: the gesture's kind and the panel's id
 */
export function useArranging(
  frame: RefObject<HTMLElement | null>,
  panels: readonly DashboardPanel[],
  onArrange: ((panels: readonly DashboardPanel[]) => void) | undefined,
): Arranging {
  const stored = useMemo(() => sectionsOf(panels), [panels]);
  const [active, setActive] = useState<{ readonly gesture: Gesture; readonly sections: readonly Section[] }>();
  const [said, setSaid] = useState("");
  const focusNext = useRef<string | undefined>(undefined);
  const end = useRef<(() => void) | undefined>(undefined);

  useEffect(() => () => end.current?.(), []);
  // A panel that changes its place among the others takes its handle out of the document for a moment, and the focus with it.
  useLayoutEffect(() => {
    if (focusNext.current === undefined) return;
    frame.current?.querySelector<HTMLElement>(`[data-handle="${focusNext.current}"]`)?.focus();
    focusNext.current = undefined;
  });

  const begin = (kind: GestureKind, panel: DashboardPanel, event: ReactPointerEvent) => {
    if (event.button !== 0 || onArrange === undefined) return;
    event.preventDefault();
    const cell = (event.currentTarget as HTMLElement).closest<HTMLElement>("[data-cell]")!;
    const ownGrid = cell.parentElement!;
    const start = cell.getBoundingClientRect();
    const grab = { x: event.clientX - start.left, y: event.clientY - start.top };
    const rest = { x: start.right - event.clientX, y: start.bottom - event.clientY };
    const home = stored.findIndex((section) => section.panels.some((one) => one.id === panel.id));
    let last = { x: event.clientX, y: event.clientY };
    let result = stored;
    const follow = () => {
      const grids = [...(frame.current?.querySelectorAll<HTMLElement>("[data-grid]") ?? [])];
      if (kind === "resize") {
        const from = ownGrid.getBoundingClientRect();
        const columnPx = (from.width + GAP_PX) / COLUMNS;
        const left = from.left + panel.grid.x * columnPx;
        const top = from.top + panel.grid.y * CELL_PX;
        const width = Math.max(columnPx, last.x + rest.x - left);
        const height = Math.max(CELL_PX, last.y + rest.y - top);
        const [w, h] = [Math.round((width + GAP_PX) / columnPx), Math.round((height + GAP_PX) / CELL_PX)];
        result = stored.map((one, i) => (i === home ? { ...one, panels: resize(one.panels, panel.id, w, h) } : one));
        setActive({ gesture: { kind, panel, home, box: { left, top, width, height } }, sections: result });
        return;
      }
      const box = { left: last.x - grab.x, top: last.y - grab.y, width: start.width, height: start.height };
      const grid = nearestGrid(grids, last.y);
      if (grid !== undefined) {
        const area = grid.getBoundingClientRect();
        const x = Math.round(((box.left - area.left) * COLUMNS) / (area.width + GAP_PX));
        const y = Math.max(0, Math.round((box.top - area.top) / CELL_PX));
        result = moved(stored, panel, Number(grid.dataset.grid), x, y);
      }
      setActive({ gesture: { kind, panel, home, box }, sections: result });
    };
    const onMove = (next: PointerEvent) => {
      last = { x: next.clientX, y: next.clientY };
      follow();
    };
    const stop = (keep: boolean) => {
      end.current = undefined;
      clearInterval(scrolling);
      removeEventListener("pointermove", onMove);
      removeEventListener("pointerup", onUp);
      removeEventListener("pointercancel", onCancel);
      removeEventListener("keydown", onEscape, true);
      setActive(undefined);
      if (keep && result !== stored) onArrange(panelsOf(result));
    };
    const onUp = () => stop(true);
    const onCancel = () => stop(false);
    const onEscape = (key: globalThis.KeyboardEvent) => {
      if (key.key !== "Escape") return;
      key.stopPropagation();
      stop(false);
    };
    const scrolling = setInterval(() => {
      const by = last.y < SCROLL_EDGE_PX ? -SCROLL_STEP_PX : last.y > innerHeight - SCROLL_EDGE_PX ? SCROLL_STEP_PX : 0;
      if (by === 0) return;
      scrollBy(0, by);
      follow();
    }, 16);
    addEventListener("pointermove", onMove);
    addEventListener("pointerup", onUp);
    addEventListener("pointercancel", onCancel);
    addEventListener("keydown", onEscape, true);
    end.current = onCancel;
  };

  const onKey = (kind: GestureKind, panel: DashboardPanel, event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined || onArrange === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const [dx, dy] = step;
    const resizes = kind === "resize" || event.shiftKey;
    const next = resizes
      ? stored.map((one) => ({
          ...one,
          panels: one.panels.some(({ id }) => id === panel.id)
            ? resize(one.panels, panel.id, panel.grid.w + dx, panel.grid.h + dy)
            : one.panels,
        }))
      : stepped(stored, panel, dx, dy);
    const { x, y, w, h } = next.flatMap((one) => one.panels).find(({ id }) => id === panel.id)!.grid;
    setSaid(`${panel.title}: column ${x + 1}, row ${y + 1}, ${w} wide, ${h} high`);
    focusNext.current = `${kind} ${panel.id}`;
    onArrange(panelsOf(next));
  };

  const moveRow = (row: DashboardPanel, by: -1 | 1) => {
    const from = stored.findIndex((section) => section.row?.id === row.id);
    const to = from + by;
    if (stored[to]?.row === undefined || onArrange === undefined) return;
    const next = [...stored];
    [next[from], next[to]] = [next[to]!, next[from]!];
    onArrange(panelsOf(next));
  };

  return { sections: active?.sections ?? stored, gesture: active?.gesture, said, begin, onKey, moveRow };
}

const STEPS: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The panel in the section `to`, and no longer in its own. */
function moved(sections: readonly Section[], panel: DashboardPanel, to: number, x: number, y: number): Section[] {
  return sections.map((section, i) => {
    if (i === to) return { ...section, panels: move(section.panels, panel, x, y) };
    return { ...section, panels: section.panels.filter((one) => one.id !== panel.id) };
  });
}

/** One step by key. Up and down go past the next panel, and on to the next row of the dashboard at its end. */
function stepped(sections: readonly Section[], panel: DashboardPanel, dx: number, dy: number): readonly Section[] {
  const at = sections.findIndex((section) => section.panels.some((one) => one.id === panel.id));
  const { x, y } = panel.grid;
  if (dx !== 0) return moved(sections, panel, at, x + dx, y);
  const own = sections[at]!.panels;
  for (let next = y + dy; next >= 0 && next <= heightOf(own); next += dy) {
    const panels = move(own, panel, x, next);
    if (panels.find(({ id }) => id === panel.id)!.grid.y !== y) return moved(sections, panel, at, x, next);
  }
  const other = sections[at + dy];
  return other === undefined ? sections : moved(sections, panel, at + dy, x, dy > 0 ? 0 : heightOf(other.panels));
}

function nearestGrid(grids: readonly HTMLElement[], y: number): HTMLElement | undefined {
  let best: HTMLElement | undefined;
  let bestPx = Number.POSITIVE_INFINITY;
  for (const grid of grids) {
    const { top, bottom } = grid.getBoundingClientRect();
    const px = y < top ? top - y : y > bottom ? y - bottom : 0;
    if (px < bestPx) [best, bestPx] = [grid, px];
  }
  return best;
}
