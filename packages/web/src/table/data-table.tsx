/**
 * A table of many rows: sorts by a click on a heading, draws only the rows on the screen, and opens a row for more.
 *
 * Headings tell screen readers the order; a row opens with Enter or a click.
 */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { usePrinting } from "../app/printing.ts";
import classes from "./data-table.module.css";
import { Meter } from "./meter.tsx";

export interface TableColumn<Row> {
  readonly id: string;
  readonly title: string;
  readonly help?: string;
  /** What it is sorted by; null sorts last. */
  value(row: Row): number | string | null;
  /** What is shown; default the value. */
  text?(row: Row): string;
  /** Draws a bar behind the text: a share of the column's largest, 0–1. */
  share?(row: Row): number;
  /** Instead of a text, where that is not enough: such a row is rendered anew with each of the table's renderings. */
  render?(row: Row): ReactNode;
  /** Numbers are set flush right and sort highest first. */
  readonly numeric?: boolean;
  /** Takes the room that is left, and is cut off there. */
  readonly wide?: boolean;
  /** Left out on narrow screens. */
  readonly minor?: boolean;
  /** Left out where the others would not fit beside it. */
  readonly spare?: boolean;
}

export interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  readonly sortedBy: string;
  /** Content of an opened row. */
  expand?(row: Row): ReactNode;
  readonly empty: string;
}

interface Order {
  readonly id: string;
  readonly descending: boolean;
}

const ROW_PX = 35;
/** Of a longer table, those below are not printed. */
const PRINTED_ROWS = 300;

export function DataTable<Row>({ label, columns, rows, keyOf, sortedBy, expand, empty }: DataTableProps<Row>) {
  const [order, setOrder] = useState<Order>({ id: sortedBy, descending: true });
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const frame = useRef<HTMLDivElement>(null);
  const scrollMargin = useOffsetTop(frame);
  const sorted = useMemo(() => sortRows(rows, columns, order), [rows, columns, order]);
  const isPrinting = usePrinting();
  const virtualizer = useWindowVirtualizer({
    count: sorted.length,
    estimateSize: () => ROW_PX,
    overscan: isPrinting ? PRINTED_ROWS : 12,
    scrollMargin,
    getItemKey: (index) => keyOf(sorted[index]!),
  });
  const items = virtualizer.getVirtualItems();
  const before = items.length === 0 ? 0 : items[0]!.start - scrollMargin;
  const after = items.length === 0 ? 0 : virtualizer.getTotalSize() - (items.at(-1)!.end - scrollMargin);

  const toggle = useCallback((key: string) => {
    setOpen((old) => {
      const next = new Set(old);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);
  const sortBy = ({ id, numeric }: TableColumn<Row>) =>
    setOrder((old) => ({ id, descending: old.id === id ? !old.descending : (numeric ?? false) }));

  return (
    <div ref={frame} className={classes.frame}>
      <table className={classes.table} aria-label={label} aria-rowcount={rows.length}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                data-numeric={column.numeric || undefined}
                data-minor={column.minor || undefined}
                data-spare={column.spare || undefined}
                aria-sort={order.id === column.id ? (order.descending ? "descending" : "ascending") : undefined}
              >
                <button type="button" title={column.help} onClick={() => sortBy(column)}>
                  {column.title}
                  <span aria-hidden="true">{order.id === column.id ? (order.descending ? " ↓" : " ↑") : ""}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        {before > 0 && <Spacer height={before} span={columns.length} />}
        {items.map((item) => {
          const row = sorted[item.index]!;
          const key = keyOf(row);
          const isOpen = open.has(key);
          return (
            <tbody key={item.key} ref={virtualizer.measureElement} data-index={item.index}>
              <TableRow
                id={key}
                columns={columns as readonly TableColumn<never>[]}
                cells={columns.map((column) => cellOf(column, row))}
                isOpen={isOpen}
                onToggle={expand && toggle}
              />
              {isOpen && (
                <tr>
                  <td colSpan={columns.length} className={classes.detail}>
                    <div>{expand?.(row)}</div>
                  </td>
                </tr>
              )}
            </tbody>
          );
        })}
        {after > 0 && <Spacer height={after} span={columns.length} />}
      </table>
      {rows.length === 0 && <p className={classes.empty}>{empty}</p>}
    </div>
  );
}

interface Cell {
  readonly content: ReactNode;
  /** Per cent, whole: a bar is no longer than so many pixels. Undefined: no bar. */
  readonly share: number | undefined;
}

function cellOf<Row>(column: TableColumn<Row>, row: Row): Cell {
  const content = column.render?.(row) ?? column.text?.(row) ?? column.value(row) ?? "–";
  const share = column.share === undefined ? undefined : Math.round(column.share(row) * 100);
  return { content, share };
}

interface TableRowProps {
  readonly id: string;
  readonly columns: readonly TableColumn<never>[];
  /** One a column. */
  readonly cells: readonly Cell[];
  readonly isOpen: boolean;
  /** Undefined: cannot be opened. */
  readonly onToggle: ((id: string) => void) | undefined;
}

/** Rendered anew only where what it shows is another: a live table asks every two seconds, and most of its cells stay as they are. */
const TableRow = memo(function TableRow({ id, columns, cells, isOpen, onToggle }: TableRowProps) {
  return (
    <tr className={classes.row} data-open={isOpen || undefined} onClick={() => onToggle?.(id)}>
      {columns.map((column, i) => {
        const { content, share } = cells[i]!;
        const shown = share === undefined ? content : <Meter text={content} share={share / 100} />;
        return (
          <td
            key={column.id}
            data-numeric={column.numeric || undefined}
            data-minor={column.minor || undefined}
            data-spare={column.spare || undefined}
            data-wide={column.wide || undefined}
          >
            {i === 0 && onToggle !== undefined ? (
              <button type="button" className={classes.opener} aria-expanded={isOpen}>
                {shown}
              </button>
            ) : (
              shown
            )}
          </td>
        );
      })}
    </tr>
  );
}, showsSame);

function showsSame(a: TableRowProps, b: TableRowProps): boolean {
  return (
    a.id === b.id &&
    a.isOpen === b.isOpen &&
    a.onToggle === b.onToggle &&
    a.columns.length === b.columns.length &&
    b.columns.every(({ id }, i) => id === a.columns[i]!.id) &&
    b.cells.every(({ content, share }, i) => content === a.cells[i]!.content && share === a.cells[i]!.share)
  );
}

/** How far below the page's top it lies, px: kept, as a look at it in each rendering would lay out the page each time. */
function useOffsetTop(ref: { readonly current: HTMLElement | null }): number {
  const [top, setTop] = useState(0);
  useEffect(() => {
    const element = ref.current!;
    const observer = new ResizeObserver(() => setTop(element.offsetTop));
    observer.observe(element);
    // What comes and goes above it makes the whole longer or shorter.
    if (element.parentElement !== null) observer.observe(element.parentElement);
    return () => observer.disconnect();
  }, [ref]);
  return top;
}

function Spacer({ height, span }: { readonly height: number; readonly span: number }) {
  return (
    <tbody aria-hidden="true">
      <tr>
        <td colSpan={span} style={{ height, padding: 0, border: 0 }} />
      </tr>
    </tbody>
  );
}

function sortRows<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[], { id, descending }: Order): Row[] {
  const column = columns.find((one) => one.id === id);
  if (column === undefined) return [...rows];
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return typeof x === "number" && typeof y === "number" ? sign * (x - y) : sign * String(x).localeCompare(String(y));
  });
}
