/** Two ends of a window, typed: `2026-11-20 11:00`, or relative ones such as `-3h` and `now`. */
import { parseDuration } from "@dmon/model";
import { useState } from "react";
import { live } from "../api/live.ts";
import classes from "./time-controls.module.css";
import type { TimeRange } from "./time-range.ts";

export interface CustomRangeProps {
  readonly range: TimeRange;
  readonly utc: boolean;
  readonly onApply: (range: TimeRange) => void;
}

export function CustomRange({ range, utc, onApply }: CustomRangeProps) {
  const nowMs = live.nowMs;
  const [fromMs, toMs] = range.kind === "fixed" ? [range.fromMs, range.toMs] : [nowMs - range.windowMs, nowMs];
  const [from, setFrom] = useState(() => writeInstant(fromMs, utc));
  const [to, setTo] = useState(() => writeInstant(toMs, utc));
  const [problem, setProblem] = useState("");

  const apply = () => {
    const start = readInstant(from, live.nowMs, utc);
    const end = readInstant(to, live.nowMs, utc);
    if (start === undefined || end === undefined) setProblem("Write a time as 2026-11-20 11:00, now or -3h.");
    else if (end - start < 1000) setProblem("The end must lie after the beginning.");
    else onApply({ kind: "fixed", fromMs: start, toMs: end });
  };

  return (
    <form
      className={classes.custom}
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <label>
        From
        <input value={from} onChange={(e) => setFrom(e.target.value)} spellCheck={false} autoComplete="off" />
      </label>
      <label>
        To
        <input value={to} onChange={(e) => setTo(e.target.value)} spellCheck={false} autoComplete="off" />
      </label>
      {problem !== "" && (
        <p className={classes.problem} role="alert">
          {problem}
        </p>
      )}
      <button type="submit" className={classes.apply}>
        Show this time
      </button>
    </form>
  );
}

/** `2026-11-20 11:04:09` in the zone that the page shows. */
export function writeInstant(ms: number, utc: boolean): string {
  const date = new Date(utc ? ms : ms - new Date(ms).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace("T", " ");
}

/** @returns ms, or undefined where the text is no time */
export function readInstant(text: string, nowMs: number, utc: boolean): number | undefined {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "now") return nowMs;
  const relative = /^(?:now)?\s*-\s*(\S+)$/.exec(trimmed);
  if (relative !== null) {
    try {
      return nowMs - parseDuration(relative[1]!);
    } catch {
      return undefined;
    }
  }
  if (!/^\d{4}-\d{2}-\d{2}([ t]\d{1,2}:\d{2}(:\d{2})?)?$/.test(trimmed)) return undefined;
  const iso = trimmed.length <= 10 ? `${trimmed}T00:00:00` : trimmed.replace(" ", "T").replace("t", "T");
  const ms = Date.parse(utc ? `${iso}Z` : iso);
  return Number.isNaN(ms) ? undefined : ms;
}
