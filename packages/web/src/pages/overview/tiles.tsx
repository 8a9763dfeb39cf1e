/** The row of status tiles: a number, its last minutes, and a mark where a check finds it high. A tile leads to its section. */
import { useEffect, useRef, useState } from "react";
import { useScheme } from "../../app/preferences.ts";
import { adopt, feedOf, isBegun } from "../../charts/begun-feeds.ts";
import { cancelDrawing, drawNextFrame, writeText, writeWhenDrawn } from "../../charts/frames.ts";
import { lastValue, linesOf } from "../../charts/lines.ts";
import { usePageView } from "../../charts/page-view.tsx";
import { hexOf } from "../../charts/palette.ts";
import type { PanelFeed } from "../../charts/panel-feed.ts";
import { Sparkline } from "../../charts/sparkline.ts";
import { useOnScreen } from "../../charts/use-on-screen.ts";
import { formatValue } from "../../units/units.ts";
import type { Level } from "./checks.ts";
import { type Finding, jump } from "./findings.tsx";
import { type LastValues, levelOf, TILES, type TileSpec } from "./tile-catalog.ts";
import classes from "./tiles.module.css";

export interface TilesProps {
  readonly names: ReadonlySet<string> | undefined;
  readonly findings: readonly Finding[];
}

export function Tiles({ names, findings }: TilesProps) {
  const shown = TILES.filter((tile) => names?.has(tile.needs));
  return (
    <ul className={classes.tiles} aria-label="Status">
      {names === undefined &&
        TILES.map((tile) => <li key={tile.panel.id} className={classes.tile} aria-hidden="true" />)}
      {shown.map((tile) => (
        <Tile key={tile.panel.id} tile={tile} level={levelOf(tile, findings)} />
      ))}
    </ul>
  );
}

interface TileProps {
  readonly tile: TileSpec;
  readonly level: Level | undefined;
}

const MARKS: Readonly<Partial<Record<Level, string>>> = { critical: "critical", warning: "high" };

function Tile({ tile, level }: TileProps) {
  const { view } = usePageView();
  const scheme = useScheme();
  const frame = useRef<HTMLLIElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const value = useRef<HTMLSpanElement>(null);
  const detail = useRef<HTMLSpanElement>(null);
  const [feed] = useState(() => feedOf(tile.panel, view));
  const onScreen = useOnScreen(frame, isBegun(feed));

  useEffect(() => feed.setView(view), [feed, view]);
  useEffect(() => {
    adopt(feed);
    feed.setActive(onScreen);
    return () => feed.setActive(false);
  }, [feed, onScreen]);

  useEffect(() => {
    const drawn = canvas.current!;
    const sparkline = new Sparkline(drawn);
    const color = hexOf(colorOf(tile), scheme);
    let size = { width: 0, height: 0 };
    const draw = () => {
      const points = combine(feed, tile);
      const last = points.findLast((point) => point !== null) ?? null;
      const { min, max } = tile.panel;
      sparkline.draw(size, feed.table.times, points, feed.window, { color, min, max });
      writeWhenDrawn(() => {
        write(value.current, formatValue(last, tile.panel.unit));
        write(detail.current, tile.detail(lastValues(feed)));
      });
    };
    const ask = () => drawNextFrame(draw);
    const resize = new ResizeObserver(([entry]) => {
      size = entry!.contentRect;
      ask();
    });
    resize.observe(drawn);
    const unlisten = feed.listenData(ask);
    // What was asked for ahead may be there already.
    ask();
    return () => {
      unlisten();
      resize.disconnect();
      cancelDrawing(draw);
    };
  }, [feed, tile, scheme]);

  const mark = level && MARKS[level];
  return (
    <li ref={frame} className={classes.tile} data-tile={tile.panel.id} data-level={mark}>
      <a href={`#${tile.section}`} className={classes.link} onClick={jump(tile.section)}>
        <span className={classes.head}>
          <span>{tile.panel.title}</span>
          {mark !== undefined && <span className={classes.level}>{mark}</span>}
        </span>
        <span>
          <span ref={value} className={classes.value}>
            –
          </span>
          <span ref={detail} className={classes.detail} />
        </span>
        <canvas ref={canvas} className={classes.spark} />
      </a>
    </li>
  );
}

function write(element: HTMLElement | null, text: string): void {
  if (element !== null) writeText(element, text);
}

function colorOf(tile: TileSpec) {
  const { color } = tile.panel.queries[tile.drawn[0]!]!;
  return typeof color === "string" ? color : "blue";
}

function combine(feed: PanelFeed, tile: TileSpec): (number | null)[] {
  const columns = feed.table.columns.filter((column) => tile.drawn.includes(column.query));
  return feed.table.times.map((_, i) => {
    let out: number | null = null;
    for (const { values } of columns) {
      const one = values[i];
      if (one === null || one === undefined) continue;
      out = out === null ? one : tile.combine === "sum" ? out + one : Math.max(out, one);
    }
    return out;
  });
}

function lastValues(feed: PanelFeed): LastValues {
  const out = feed.spec.queries.map(() => new Map<string, number>());
  for (const { label, column } of linesOf(feed.table, feed.spec)) {
    const value = lastValue(column);
    if (value !== null) out[column.query]?.set(label, value);
  }
  return out;
}
