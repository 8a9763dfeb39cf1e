/** A panel's thresholds as the two limits that a form has: from where it is a warning, from where it is critical. Pure. */
import type { DashboardThreshold } from "@dmon/model";

export interface TwoLimits {
  readonly warning: number | undefined;
  readonly critical: number | undefined;
}

/** Undefined where there is more to them. */
export function twoLimits(thresholds: readonly DashboardThreshold[]): TwoLimits | undefined {
  const base = thresholds[0]?.value === null ? thresholds[0] : undefined;
  const steps = base === undefined ? thresholds : thresholds.slice(1);
  if (base !== undefined && base.level !== "ok" && base.level !== "neutral") return undefined;
  if (steps.some(({ percent, value }) => percent === true || value === null)) return undefined;
  const levels = steps.map(({ level }) => level).join();
  if (!["", "warning", "critical", "warning,critical"].includes(levels)) return undefined;
  const from = (level: string) => steps.find((one) => one.level === level)?.value ?? undefined;
  return { warning: from("warning"), critical: from("critical") };
}

export function thresholdsOf({ warning, critical }: TwoLimits): DashboardThreshold[] {
  if (warning === undefined && critical === undefined) return [];
  const steps: DashboardThreshold[] = [{ value: null, level: "ok" }];
  if (warning !== undefined) steps.push({ value: warning, level: "warning" });
  if (critical !== undefined) steps.push({ value: critical, level: "critical" });
  return steps;
}
