/** Says that the live stream is lost or slow, since when, and what happens next; and that the page is an old one. Silent while all is well. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { live } from "../api/live.ts";
import { formatInstant } from "../time/time-range.ts";
import { formatAge } from "../units/units.ts";
import classes from "./connection-notice.module.css";
import { checkBuild, isOutdated, listenBuild } from "./page-build.ts";
import { usePreferences } from "./preferences.ts";

/** A hiccup shorter than this is mended before anyone could read about it. */
const PATIENCE_MS = 1500;

export function ConnectionNotice() {
  const status = useSyncExternalStore(live.listen, () => live.status);
  const { utc } = usePreferences();
  const [, tick] = useState(0);
  const [sinceMs, setSinceMs] = useState<number>();
  const outdated = useOutdated();
  const isTrouble = status.kind === "lost" || status.kind === "slow";

  useEffect(() => {
    if (!isTrouble) return setSinceMs(undefined);
    setSinceMs((old) => old ?? Date.now());
    const timer = setInterval(() => tick((n) => n + 1), 500);
    return () => clearInterval(timer);
  }, [isTrouble]);

  if (!isTrouble || sinceMs === undefined || Date.now() - sinceMs < PATIENCE_MS)
    return outdated ? <OutdatedNotice /> : null;
  const upTo =
    status.lastFrameMs > 0 ? ` Charts show data up to ${formatInstant(status.lastFrameMs, utc, false)}.` : "";
  const text =
    status.kind === "slow"
      ? `The server is slow: nothing new for ${formatAge(live.nowMs - status.lastFrameMs)}.`
      : `Connection lost. ${nextTry(status.retryAtMs - Date.now())}`;
  return (
    <div className={classes.notice} role="status" data-testid="connection-notice">
      <span className={classes.dot} aria-hidden="true" />
      <p>
        {text}
        {status.kind === "lost" && upTo}
      </p>
      {status.kind === "lost" && (
        <button type="button" className={classes.button} onClick={() => live.retryNow()}>
          Try now
        </button>
      )}
    </div>
  );
}

/** Asked when the stream is back: the server may be another one than before. */
function useOutdated(): boolean {
  useEffect(() => {
    let wasLost = false;
    return live.listen(() => {
      if (live.status.kind === "open" && wasLost) void checkBuild();
      wasLost =
        live.status.kind !== "open" && (wasLost || live.status.kind === "lost" || live.status.kind === "asleep");
    });
  }, []);
  return useSyncExternalStore(listenBuild, isOutdated);
}

/** The reader decides when: there may be something unsaved. */
function OutdatedNotice() {
  return (
    <div className={classes.notice} role="status" data-testid="outdated-notice">
      <span className={classes.dot} aria-hidden="true" />
      <p>The server was updated. This page is of the version before.</p>
      <button type="button" className={classes.button} onClick={() => location.reload()}>
        Load it anew
      </button>
    </div>
  );
}

function nextTry(inMs: number): string {
  return inMs > 900 ? `Trying again in ${formatAge(inMs)}.` : "Trying again…";
}
