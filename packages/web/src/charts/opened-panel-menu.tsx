/** What can be done with a chart: look closer, take its data along, read it as a table. Opens when it is made. */
import { Menu } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useScheme } from "../app/preferences.ts";
import { useOpenAtOnce } from "../app/use-open-at-once.ts";
import { exportCsv, exportJson, exportPng } from "./export.ts";
import { usePageView } from "./page-view.tsx";
import { PanelMenuButton, type PanelMenuProps } from "./panel-menu-button.tsx";
import { TableView } from "./table-view.tsx";
import { timed } from "./timed-link.ts";

export function OpenedPanelMenu({ feed, lines, withLegend = true }: PanelMenuProps) {
  const navigate = useNavigate();
  const page = usePageView();
  const scheme = useScheme();
  const { button, isOpen, setIsOpen } = useOpenAtOnce();
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
      <Menu opened={isOpen} onChange={setIsOpen} position="bottom-end" withinPortal shadow="md" width={220}>
        <Menu.Target>
          <PanelMenuButton ref={button} title={title} />
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
