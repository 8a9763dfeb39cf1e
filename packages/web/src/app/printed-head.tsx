/** Above a page on paper: where and when it is from. */
import { live } from "../api/live.ts";
import { formatInstant } from "../time/time-range.ts";
import { usePageTime } from "../time/use-time.ts";
import classes from "./page-bar.module.css";
import { usePreferences } from "./preferences.ts";
import { usePrinting } from "./printing.ts";

export function PrintedHead({ withTime }: { readonly withTime: boolean }) {
  const isPrinting = usePrinting();
  const { range } = usePageTime();
  const { utc } = usePreferences();
  if (!isPrinting) return null;
  const toMs = range.kind === "fixed" ? range.toMs : live.nowMs;
  const fromMs = range.kind === "fixed" ? range.fromMs : toMs - range.windowMs;
  const zone = utc ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <p className={classes.printed}>
      {withTime && `${formatInstant(fromMs, utc, true)} – ${formatInstant(toMs, utc, true)} · `}
      {`printed ${formatInstant(live.nowMs, utc, true)} (${zone}) · ${location.host}`}
    </p>
  );
}
