/** A focus stop over a chart: it takes keys, its label explains them, and what they point at is read out. */
import type { KeyboardEvent } from "react";
import classes from "./panel.module.css";

export interface KeyboardStopProps {
  readonly label: string;
  readonly said: string;
  onKeyDown(event: KeyboardEvent): void;
  onLeave(): void;
}

export function KeyboardStop({ label, said, onKeyDown, onLeave }: KeyboardStopProps) {
  return (
    <>
      <div
        className={classes.keyboard}
        role="img"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart takes keys, which its label explains
        tabIndex={0}
        aria-label={label}
        onKeyDown={onKeyDown}
        onBlur={onLeave}
      />
      <span className="sr-only" aria-live="polite">
        {said}
      </span>
    </>
  );
}
