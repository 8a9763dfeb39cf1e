/** The choice of the time: presets, two ends, comparison, time zone. Opens when it is made. */
import { Popover } from "@mantine/core";
import { setPreferences, usePreferences } from "../app/preferences.ts";
import { useOpenAtOnce } from "../app/use-open-at-once.ts";
import { CustomRange } from "./custom-range.tsx";
import classes from "./time-controls.module.css";
import { COMPARISONS, durationOf, PRESETS } from "./time-range.ts";
import { TimeRangeButton } from "./time-range-button.tsx";
import { usePageTime } from "./use-time.ts";

export function OpenedTimeChoice() {
  const time = usePageTime();
  const { utc } = usePreferences();
  const { button, isOpen, setIsOpen } = useOpenAtOnce();

  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" shadow="md" trapFocus withinPortal width={440}>
      <Popover.Target>
        <TimeRangeButton ref={button} isOpen={isOpen} onClick={() => setIsOpen(!isOpen)} />
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown!} aria-label="Choose the time">
        <div className={classes.columns}>
          <ul className={classes.presets} aria-label="Live">
            {PRESETS.map((preset) => {
              const windowMs = durationOf(preset.text)!;
              const isCurrent = time.range.kind === "live" && time.range.windowMs === windowMs;
              return (
                <li key={preset.text}>
                  <button
                    type="button"
                    className={classes.preset}
                    aria-current={isCurrent || undefined}
                    onClick={() => {
                      time.setRange({ kind: "live", windowMs });
                      setIsOpen(false);
                    }}
                  >
                    {preset.label}
                  </button>
                </li>
              );
            })}
          </ul>
          <div className={classes.side}>
            <CustomRange
              utc={utc}
              range={time.range}
              onApply={(range) => {
                time.setRange(range);
                setIsOpen(false);
              }}
            />
            <fieldset className={classes.field}>
              <legend>Compare with</legend>
              {[{ text: undefined, label: "Nothing" }, ...COMPARISONS].map(({ text, label }) => (
                <label key={label} className={classes.option}>
                  <input
                    type="radio"
                    name="compare"
                    checked={time.compareText === text}
                    onChange={() => time.setCompare(text)}
                  />
                  {label}
                </label>
              ))}
            </fieldset>
            <label className={classes.option}>
              <input type="checkbox" checked={utc} onChange={(e) => setPreferences({ utc: e.target.checked })} />
              Show times in UTC
            </label>
          </div>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
