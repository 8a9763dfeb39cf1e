/** A chart's points as a table, newest first: for screen readers, for copying, for exact values. */
import { Modal } from "@mantine/core";
import { usePreferences } from "../app/preferences.ts";
import { formatInstant } from "../time/time-range.ts";
import { formatValue } from "../units/units.ts";
import type { Line } from "./lines.ts";
import type { PanelFeed } from "./panel-feed.ts";
import classes from "./table-view.module.css";

const MAX_ROWS = 500;

export interface TableViewProps {
  readonly feed: PanelFeed;
  readonly lines: readonly Line[];
  readonly onClose: () => void;
}

export function TableView({ feed, lines, onClose }: TableViewProps) {
  const { utc } = usePreferences();
  const { times } = feed.table;
  const rows = times.map((_, i) => times.length - 1 - i).slice(0, MAX_ROWS);
  return (
    <Modal opened onClose={onClose} title={feed.spec.title} size="xl" closeButtonProps={{ "aria-label": "Close" }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label={`${feed.spec.title} as a table`}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {lines.map((line) => (
                <th key={line.key} scope="col">
                  {line.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((i) => (
              <tr key={times[i]}>
                <th scope="row">{formatInstant(times[i]! * 1000, utc, true)}</th>
                {lines.map((line) => (
                  <td key={line.key}>{formatValue(line.column.values[i], feed.spec.unit, feed.spec.decimals)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {times.length > MAX_ROWS && (
        <p>
          The newest {MAX_ROWS} of {times.length} points; the download has all.
        </p>
      )}
    </Modal>
  );
}
