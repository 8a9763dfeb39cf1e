/** Says what time is shown; opens the choice of it. */
import IconCalendar from "virtual:icon/calendar";
import type { ComponentProps } from "react";
import { usePreferences } from "../app/preferences.ts";
import { formatAge } from "../units/units.ts";
import classes from "./time-controls.module.css";
import { COMPARISONS, describeRange, windowMsOf } from "./time-range.ts";
import { usePageTime } from "./use-time.ts";

interface TimeRangeButtonProps extends ComponentProps<"button"> {
  readonly isOpen: boolean;
}

export function TimeRangeButton({ isOpen, ...rest }: TimeRangeButtonProps) {
  const time = usePageTime();
  const { utc } = usePreferences();
  const comparison = COMPARISONS.find((one) => one.text === time.compareText);
  return (
    <button
      {...rest}
      type="button"
      className={classes.range}
      aria-haspopup="dialog"
      aria-expanded={isOpen}
      data-testid="time-range"
    >
      <IconCalendar size={15} stroke={1.6} />
      <span>{describeRange(time.range, utc)}</span>
      {time.range.kind === "fixed" && <span className={classes.length}>{formatAge(windowMsOf(time.range))}</span>}
      {comparison !== undefined && <span className={classes.compare}>vs {comparison.label.toLowerCase()}</span>}
    </button>
  );
}
