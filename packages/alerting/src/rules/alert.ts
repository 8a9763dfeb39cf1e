/** Alerts: what a rule found, and how long it has held. */
import type { Labels } from "@dmon/model";

export type AlertState = "inactive" | "pending" | "firing";

export interface Alert {
  state: AlertState;
  readonly labels: Labels;
  annotations: Readonly<Record<string, string>>;
  value: number;
  /** When it became pending, ms. */
  activeAtMs: number;
  firedAtMs: number | undefined;
  resolvedAtMs: number | undefined;
  /** Since when its expression no longer holds while it is kept firing. */
  keepFiringSinceMs: number | undefined;
  lastSentAtMs: number | undefined;
}

/** Told of all active and just resolved alerts of a rule after each evaluation. */
export type AlertSink = (
  alerts: readonly Alert[],
  rule: { readonly name: string; readonly group: string; readonly file: string },
  atMs: number,
) => void;
