/**
 * What else happened? The series that changed most in a window against the time before, worst first; each opens as a chart.
 * The charts of the page stay visible and usable beside it.
 */
import IconArrowDownRight from "virtual:icon/arrow-down-right";
import IconArrowUpRight from "virtual:icon/arrow-up-right";
import IconMinus from "virtual:icon/minus";
import IconPlus from "virtual:icon/plus";
import IconWaveSine from "virtual:icon/wave-sine";
import type { ChangesAnswer, ChangesRequest, SeriesChange } from "@dmon/model";
import { Drawer } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, call, messageOfError } from "../../api/client.ts";
import { usePreferences } from "../../app/preferences.ts";
import type { MarkedWindow } from "../../charts/marks.ts";
import { Panel } from "../../charts/panel.tsx";
import { seriesName } from "../../charts/series-name.ts";
import { formatInstant } from "../../time/time-range.ts";
import { usePageTime } from "../../time/use-time.ts";
import { unitOfMetric } from "../../units/metric-unit.ts";
import { formatAge, formatValue } from "../../units/units.ts";
import classes from "./changes-drawer.module.css";

export interface ChangesDrawerProps {
  readonly window: MarkedWindow;
  readonly onClose: () => void;
}

const LIMIT = 100;
const ICONS = {
  rose: IconArrowUpRight,
  fell: IconArrowDownRight,
  appeared: IconPlus,
  vanished: IconMinus,
  varied: IconWaveSine,
} as const;

export function ChangesDrawer({ window, onClose }: ChangesDrawerProps) {
  const { utc } = usePreferences();
  const time = usePageTime();
  const [filter, setFilter] = useState("");
  const request: ChangesRequest = {
    startMs: Math.round(window.fromS * 1000),
    endMs: Math.round(window.toS * 1000),
    limit: LIMIT,
  };
  const answer = useQuery({
    queryKey: ["changes", request.startMs, request.endMs],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => call<ChangesAnswer>("analysis/changes", { method: "POST", body: request, signal }),
  });
  const lengthMs = request.endMs - request.startMs;
  const wanted = filter.trim().toLowerCase();
  const changes =
    answer.data?.changes.filter((one) =>
      [one, ...(one.alike ?? [])].some(({ metric }) => seriesName(metric).toLowerCase().includes(wanted)),
    ) ?? [];

  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={480}
      title="What changed?"
      withOverlay={false}
      lockScroll={false}
      trapFocus={false}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": "Close" }}
      shadow="xl"
    >
      <div className={classes.body} data-testid="changes">
        <p className={classes.window}>
          {formatInstant(request.startMs, utc, true)} – {formatInstant(request.endMs, utc, false)} (
          {formatAge(lengthMs)}), against the {formatAge(lengthMs)} before.{" "}
          <button type="button" className={classes.text} onClick={() => time.zoom(window.fromS, window.toS)}>
            Zoom here
          </button>
        </p>
        {answer.isPending && <p className={classes.note}>Comparing every series…</p>}
        {answer.isError && (
          <p className={classes.note} role="alert">
            {answer.error instanceof ApiError && answer.error.isMissing
              ? "This server cannot rank changes."
              : messageOfError(answer.error)}
          </p>
        )}
        {answer.data !== undefined && (
          <>
            <p className={classes.note} role="status">
              {answer.data.seriesCount.toLocaleString()} series compared in {formatValue(answer.data.elapsedMs, "ms")}.
              {answer.data.changes.length === 0 && " None of them changed notably."}
            </p>
            {answer.data.changes.length > 0 && (
              <input
                type="search"
                className={classes.filter}
                placeholder="Filter by name or label"
                aria-label="Filter the changes"
                value={filter}
                onChange={(event) => setFilter(event.target.value)}
              />
            )}
            <ol className={classes.list}>
              {changes.map((change) => (
                <Change
                  key={seriesName(change.metric)}
                  change={change}
                  wanted={wanted}
                  largest={answer.data.changes[0]?.effect ?? 1}
                  window={window}
                />
              ))}
            </ol>
          </>
        )}
      </div>
    </Drawer>
  );
}

interface ChangeProps {
  readonly change: SeriesChange;
  /** What is searched for: alike ones are shown where they hold it. */
  readonly wanted: string;
  readonly largest: number;
  readonly window: MarkedWindow;
}

/** A change, and below it those that tell the same. */
function Change({ change, wanted, largest, window }: ChangeProps) {
  const { alike = [] } = change;
  const isFound = wanted !== "" && alike.some(({ metric }) => seriesName(metric).toLowerCase().includes(wanted));
  const [all, setAll] = useState(false);
  const one = (part: SeriesChange) => (
    <OneChange key={seriesName(part.metric)} change={part} largest={largest} window={window} />
  );
  return (
    <li className={classes.change}>
      {one(change)}
      {alike.length > 0 && (
        <>
          <button type="button" className={classes.alike} aria-expanded={all || isFound} onClick={() => setAll(!all)}>
            {all ? "Less" : `and ${alike.length} that moved with it`}
          </button>
          {(all || isFound) && <div className={classes.group}>{alike.map(one)}</div>}
        </>
      )}
    </li>
  );
}

interface OneChangeProps {
  readonly change: SeriesChange;
  readonly largest: number;
  readonly window: MarkedWindow;
}

function OneChange({ change, largest, window }: OneChangeProps) {
  const [open, setOpen] = useState(false);
  const { __name__: name = "", ...labels } = change.metric;
  const isRate = change.query.startsWith("rate(") || change.query.startsWith("irate(");
  const unit = unitOfMetric(name, isRate);
  const Icon = ICONS[change.kind];
  const rest = Object.entries(labels).filter(([label]) => label !== "instance" && label !== "job");
  return (
    <>
      <button type="button" className={classes.row} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon size={16} className={classes[change.kind]} label={change.kind} />
        <span className={classes.name}>
          <span>{name}</span>
          <span className={classes.labels}>{rest.map(([, value]) => value).join(" · ")}</span>
        </span>
        <span className={classes.values}>
          {formatValue(change.before, unit)} → <b>{formatValue(change.during, unit)}</b>
        </span>
        <span className={classes.effect} title={`effect size ${change.effect.toFixed(1)}`}>
          <span style={{ width: `${Math.max(4, (100 * change.effect) / (largest || 1))}%` }} />
        </span>
      </button>
      {open && (
        <Panel
          spec={{
            id: `change-${seriesName(change.metric)}`,
            title: isRate ? `${name}, per second` : name,
            unit,
            queries: [{ expr: change.query, label: seriesName(change.metric, ["job", "instance"]), color: "blue" }],
          }}
          height={120}
          key={`${window.fromS}`}
        />
      )}
    </>
  );
}
