/** Choosing the time: presets, two ends, comparison, earlier and later, pause. All of it is in the URL. */
import { Popover } from "@mantine/core";
import { IconCalendar, IconChevronLeft, IconChevronRight, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { setPreferences, usePreferences } from "../app/preferences.ts";
import { formatAge } from "../units/units.ts";
import { CustomRange } from "./custom-range.tsx";
import classes from "./time-controls.module.css";
import { COMPARISONS, describeRange, durationOf, PRESETS, windowMsOf } from "./time-range.ts";
import { usePageTime } from "./use-time.ts";

export function TimeControls() {
  const time = usePageTime();
  const { utc } = usePreferences();
  const [open, setOpen] = useState(false);
  const isLive = time.range.kind === "live";
  const comparison = COMPARISONS.find((one) => one.text === time.compareText);

  return (
    <fieldset className={classes.controls} aria-label="Time">
      <button type="button" className={classes.icon} aria-label="Earlier" onClick={() => time.shift(-0.5)}>
        <IconChevronLeft size={16} />
      </button>
      <Popover opened={open} onChange={setOpen} position="bottom-end" shadow="md" trapFocus withinPortal width={440}>
        <Popover.Target>
          <button
            type="button"
            className={classes.range}
            aria-haspopup="dialog"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            data-testid="time-range"
          >
            <IconCalendar size={15} stroke={1.6} aria-hidden="true" />
            <span>{describeRange(time.range, utc)}</span>
            {!isLive && <span className={classes.length}>{formatAge(windowMsOf(time.range))}</span>}
            {comparison !== undefined && <span className={classes.compare}>vs {comparison.label.toLowerCase()}</span>}
          </button>
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
                        setOpen(false);
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
                  setOpen(false);
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
      <button
        type="button"
        className={classes.icon}
        aria-label="Later"
        disabled={isLive}
        onClick={() => time.shift(0.5)}
      >
        <IconChevronRight size={16} />
      </button>
      <button
        type="button"
        className={classes.live}
        data-live={isLive || undefined}
        aria-pressed={isLive}
        title={isLive ? "Pause (space)" : "Go on live (space)"}
        onClick={() => time.togglePause()}
      >
        {isLive ? <IconPlayerPause size={14} aria-hidden="true" /> : <IconPlayerPlay size={14} aria-hidden="true" />}
        Live
      </button>
    </fieldset>
  );
}
