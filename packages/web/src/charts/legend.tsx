/**
 * The legend under a chart: each line's colour, name and value, at the crosshair or the latest. Values are written straight
 * into the page, because they change with every movement of the mouse in every chart. A click hides the others, with
 * Ctrl or ⌘ only that one.
 */
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { useScheme } from "../app/preferences.ts";
import { formatValue } from "../units/units.ts";
import { writeText } from "./frames.ts";
import classes from "./legend.module.css";
import { type Line, lastValue } from "./lines.ts";
import { hexOf } from "./palette.ts";

export interface LegendHandle {
  /** Values at an index of the data; null: the last. `nearest` is the line next to the mouse. */
  show(index: number | null, nearest: string | undefined): void;
}

export interface LegendProps {
  readonly ref: Ref<LegendHandle>;
  readonly lines: readonly Line[];
  readonly unit: string;
  readonly decimals: number | undefined;
  readonly hidden: ReadonlySet<string>;
  readonly onHide: (hidden: ReadonlySet<string>) => void;
}

const MIN_VALUE_CH = 5.5;
/** Of a longer legend only what is in sight is kept up to date. */
const LONG = 40;

export function Legend({ ref, lines, unit, decimals, hidden, onHide }: LegendProps) {
  const list = useRef<HTMLUListElement>(null);
  const scheme = useScheme();
  /** The longest text so far of each value: its box grows, never shrinks, so that the legend stands still as values change. */
  const widths = useRef<number[]>([]);

  /** Items in sight, of a legend so long that it is scrolled. */
  const inSight = useRef<ReadonlySet<Element> | undefined>(undefined);
  const shown = useRef<readonly [index: number | null, nearest: string | undefined]>([null, undefined]);

  const show = (index: number | null, nearest: string | undefined) => {
    const items = list.current?.children;
    if (items === undefined) return;
    shown.current = [index, nearest];
    for (const [i, line] of lines.entries()) {
      if (inSight.current?.has(items[i]!) === false) continue;
      const item = items[i];
      const value = item?.firstElementChild?.lastElementChild?.firstElementChild as HTMLElement | null | undefined;
      if (item === undefined || value === null || value === undefined) continue;
      const text = formatValue(
        index === null ? lastValue(line.column) : line.column.values[index],
        line.unit ?? unit,
        decimals,
      );
      if (text.length > (widths.current[i] ?? 0)) {
        widths.current[i] = text.length;
        value.style.width = `${Math.max(MIN_VALUE_CH, text.length + 0.5)}ch`;
      }
      writeText(value, text);
      const isNear = nearest === line.key;
      if (isNear !== item.classList.contains(classes.near!)) item.classList.toggle(classes.near!, isNear);
    }
  };
  useImperativeHandle(ref, () => ({ show }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `show` reads the lines of this rendering
  useEffect(() => {
    widths.current = [];
    show(null, undefined);
  }, [lines]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `show` reads the lines of this rendering
  useEffect(() => {
    inSight.current = undefined;
    if (lines.length <= LONG) return;
    const found = new Set<Element>();
    inSight.current = found;
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) found.add(target);
          else found.delete(target);
        }
        show(...shown.current);
      },
      { root: list.current },
    );
    for (const item of list.current?.children ?? []) observer.observe(item);
    return () => observer.disconnect();
  }, [lines]);

  const toggle = (key: string, onlyThis: boolean) => {
    const others = lines.filter((line) => line.key !== key).map((line) => line.key);
    const isSolo = others.length > 0 && others.every((other) => hidden.has(other)) && !hidden.has(key);
    if (onlyThis) {
      const next = new Set(hidden);
      if (!next.delete(key)) next.add(key);
      onHide(next.size === lines.length ? new Set() : next);
    } else onHide(isSolo ? new Set() : new Set(others));
  };

  return (
    <ul ref={list} className={classes.legend}>
      {lines.map((line) => (
        <li key={line.key}>
          <button
            type="button"
            className={classes.item}
            aria-pressed={!hidden.has(line.key)}
            title={`${line.label}: click shows only this, Ctrl+click hides it`}
            onClick={(event) => toggle(line.key, event.ctrlKey || event.metaKey)}
          >
            <span
              className={classes.swatch}
              data-dashed={line.dash.length > 0 || undefined}
              style={{ color: hexOf(line.color, scheme) }}
              aria-hidden="true"
            />
            <span className={classes.name}>{line.label}</span>
            <span className={classes.box}>
              <span className={classes.value} data-value={line.label} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
