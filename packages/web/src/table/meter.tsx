/** A number with a bar behind it, so that a column can be read at a glance. */
import type { ReactNode } from "react";
import classes from "./meter.module.css";

export interface MeterProps {
  readonly text: ReactNode;
  /** 0–1 of the column's largest. */
  readonly share: number;
}

export function Meter({ text, share }: MeterProps) {
  return (
    <span className={classes.meter}>
      <span className={classes.bar} style={{ width: `${Math.min(100, Math.max(0, share * 100))}%` }} />
      <span className={classes.text}>{text}</span>
    </span>
  );
}
