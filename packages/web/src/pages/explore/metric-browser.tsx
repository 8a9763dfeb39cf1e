/** All metrics, with type and help, to search in; a click puts one into the query, as a rate where it is a counter. */
import { Drawer } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { call, messageOfError } from "../../api/client.ts";
import { looksLikeCounter } from "../../units/metric-unit.ts";
import classes from "./metric-browser.module.css";

interface Metadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

export interface MetricBrowserProps {
  onPick(expr: string, metric: string): void;
  readonly onClose: () => void;
}

const ROW_PX = 58;

export function MetricBrowser({ onPick, onClose }: MetricBrowserProps) {
  const [filter, setFilter] = useState("");
  const names = useQuery({
    queryKey: ["names", ""],
    queryFn: async ({ signal }) => new Set(await call<string[]>("label/__name__/values", { signal })),
  });
  const metadata = useQuery({
    queryKey: ["metadata"],
    queryFn: ({ signal }) => call<Readonly<Record<string, readonly Metadata[]>>>("metadata", { signal }),
    staleTime: 60_000,
  });
  const words = filter.trim().toLowerCase();
  const shown = useMemo(() => {
    const parts = words.split(/\s+/);
    return [...(names.data ?? [])].filter((name) => {
      const text = `${name} ${metadata.data?.[baseName(name)]?.[0]?.help ?? ""}`.toLowerCase();
      return parts.every((part) => text.includes(part));
    });
  }, [names.data, metadata.data, words]);

  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={520}
      title="Metrics"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <div className={classes.body}>
        <input
          type="search"
          className={classes.filter}
          aria-label="Search the metrics"
          placeholder="Search by name or description"
          data-autofocus
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <p className={classes.count} role="status">
          {names.isError ? messageOfError(names.error) : `${shown.length.toLocaleString()} metrics`}
        </p>
        <MetricList names={shown} metadata={metadata.data ?? {}} onPick={onPick} />
      </div>
    </Drawer>
  );
}

interface MetricListProps {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, readonly Metadata[]>>;
  onPick(expr: string, metric: string): void;
}

function MetricList({ names, metadata, onPick }: MetricListProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: names.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  return (
    <div ref={scroll} className={classes.scroll}>
      <ul style={{ height: virtualizer.getTotalSize(), position: "relative" }} className={classes.list}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const name = names[index]!;
          const about = metadata[name]?.[0] ?? metadata[baseName(name)]?.[0];
          const isCounter =
            about === undefined ? looksLikeCounter(name) : about.type === "counter" || /_(count|sum)$/.test(name);
          return (
            <li key={name} className={classes.item} style={{ transform: `translateY(${start}px)`, height: ROW_PX }}>
              <button
                type="button"
                onClick={() => onPick(isCounter ? `rate(${name}[$__rate_interval])` : name, name)}
                title={about?.help}
              >
                <span className={classes.name}>{name}</span>
                <span className={classes.type}>{about?.type ?? ""}</span>
                <span className={classes.help}>{about?.help ?? "No description."}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** The family of a histogram's or summary's series. */
function baseName(name: string): string {
  return name.replace(/_(bucket|count|sum)$/, "");
}
