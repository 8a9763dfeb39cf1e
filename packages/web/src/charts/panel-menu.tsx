/** What can be done with a chart: look closer, take its data along, read it as a table. */
import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useScheme } from "../app/preferences.ts";
import { exportCsv, exportJson, exportPng } from "./export.ts";
import type { Line } from "./lines.ts";
import { usePageView } from "./page-view.tsx";
import type { PanelFeed } from "./panel-feed.ts";
import { TableView } from "./table-view.tsx";

export interface PanelMenuProps {
  readonly feed: PanelFeed;
  readonly lines: readonly Line[];
  /** Whether its picture has the lines' names below it; default true. */
  readonly withLegend?: boolean;
}

/** Grafana's placeholders for the shown time, in a link's address. */
export function timed(url: string, [fromS, toS]: readonly [number, number]): string {
  const [from, to] = [String(Math.round(fromS * 1000)), String(Math.round(toS * 1000))];
  return url
    .replaceAll(/\$\{?__url_time_range\}?/g, `from=${from}&to=${to}`)
    .replaceAll(/\$\{?__from\}?/g, from)
    .replaceAll(/\$\{?__to\}?/g, to);
}

export function PanelMenu({ feed, lines, withLegend = true }: PanelMenuProps) {
  const navigate = useNavigate();
  const page = usePageView();
  const scheme = useScheme();
  const [asTable, setAsTable] = useState(false);
  const { title, queries } = feed.spec;

  const explore = () => {
    const q = queries.map((query) => feed.promql(query));
    void navigate({
      to: "/explore",
      search: ((old: Readonly<Record<string, unknown>>) => ({ ...old, q, unit: feed.spec.unit })) as never,
    });
  };

  return (
    <>
      <Menu position="bottom-end" withinPortal shadow="md" width={220}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`More about ${title}`} data-print="no">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={explore}>Open in Explore</Menu.Item>
          <Menu.Item onClick={() => page.onWhatChanged(...feed.window)}>What changed in this time?</Menu.Item>
          <Menu.Item onClick={() => setAsTable(true)}>Show as a table</Menu.Item>
          {(feed.spec.links ?? []).length > 0 && <Menu.Divider />}
          {(feed.spec.links ?? []).map(({ title: name, url }) => (
            <Menu.Item key={url} component="a" href={timed(url, feed.window)} target="_blank" rel="noreferrer">
              {name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => exportCsv(title, feed.table.times, lines)}>Download CSV</Menu.Item>
          <Menu.Item onClick={() => exportJson(title, feed.table.times, lines)}>Download JSON</Menu.Item>
          <Menu.Item onClick={() => exportPng(feed.spec.id, title, withLegend ? lines : [], scheme)}>
            Download PNG
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asTable && <TableView feed={feed} lines={lines} onClose={() => setAsTable(false)} />}
    </>
  );
}
