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
/**
 * A longer legend stands in columns and is scrolled; it is in parts, of which only those in sight are laid out, painted and kept up
 * to date. So many are in a part: whole rows of up to six columns.
 */
const LONG = 40;
const PART = 60;
/** So many stand in three rows at most, but on a phone. */
const FEW = 6;
/** Characters of a name that need no cutting off. */
const SHORT_NAME = 24;

interface Item {
  readonly element: Element;
  readonly text: HTMLElement;
  /** Characters of the longest text so far: its box grows, never shrinks, so that the legend stands still as values change. */
  width: number;
  /** As shown: most stay what they were, and need no new text then. */
  value: number | null | undefined | typeof NOT_SHOWN;
  /** Undefined: as another rendering left it. */
  isNear: boolean | undefined;
}

const NOT_SHOWN = Symbol("not shown");

export function Legend({ ref, lines, unit, decimals, hidden, onHide }: LegendProps) {
  const frame = useRef<HTMLDivElement>(null);
  const scheme = useScheme();

  const isLong = lines.length > LONG;
  /** In the lines' order. */
  const items = useRef<readonly Item[]>([]);
  /** The parts that are in sight; undefined: all of them, as of a short legend. */
  const inSight = useRef<ReadonlySet<number> | undefined>(undefined);
  const shown = useRef<readonly [index: number | null, nearest: string | undefined]>([null, undefined]);

  const show = (index: number | null, nearest: string | undefined) => {
    shown.current = [index, nearest];
    for (let i = 0; i < lines.length; i++) {
      if (i % PART === 0 && inSight.current?.has(i / PART) === false) {
        i += PART - 1;
        continue;
      }
      const line = lines[i]!;
      const item = items.current[i];
      if (item === undefined) continue;
      const value = index === null ? lastValue(line.column) : line.column.values[index];
      if (value !== item.value) {
        item.value = value;
        const text = formatValue(value, line.unit ?? unit, decimals);
        if (text.length > item.width) {
          item.width = text.length;
          item.text.style.width = `${Math.max(MIN_VALUE_CH, text.length + 0.5)}ch`;
        }
        writeText(item.text, text);
      }
      const isNear = nearest === line.key;
      if (isNear !== item.isNear) {
        item.isNear = isNear;
        item.element.classList.toggle(classes.near!, isNear);
      }
    }
  };
  useImperativeHandle(ref, () => ({ show }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `show` reads the lines of this rendering
  useEffect(() => {
    items.current = [...(frame.current?.querySelectorAll("li") ?? [])].map((element) => ({
      element,
      text: element.querySelector<HTMLElement>("[data-value]")!,
      width: 0,
      value: NOT_SHOWN,
      isNear: undefined,
    }));
    inSight.current = undefined;
    show(null, undefined);
    if (!isLong) return;
    const parts = [...frame.current!.children];
    const found = new Set<number>();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) found.add(parts.indexOf(target));
          else found.delete(parts.indexOf(target));
        }
        inSight.current = found;
        show(...shown.current);
      },
      { root: frame.current },
    );
    for (const part of parts) observer.observe(part);
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

  const parts = isLong ? Array.from({ length: Math.ceil(lines.length / PART) }, (_, i) => i * PART) : [0];
  return (
    <div ref={frame} className={isLong ? classes.long : undefined}>
      {parts.map((from) => {
        const own = isLong ? lines.slice(from, from + PART) : lines;
        return (
          <ul key={from} className={classes.legend} data-scrolls={(!isLong && lines.length > FEW) || undefined}>
            {own.map((line) => (
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
                  <span className={classes.name} data-long={line.label.length > SHORT_NAME || undefined}>
                    {line.label}
                  </span>
                  <span className={classes.box}>
                    <span className={classes.value} data-value={line.label} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        );
      })}
    </div>
  );
}
