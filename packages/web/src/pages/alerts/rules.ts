/** Rules and their alerts, as `/api/v1/rules` and `/api/v1/alerts` give them. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client.ts";

type Texts = Readonly<Record<string, string>>;

export interface ApiAlert {
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly state: "firing" | "pending" | "inactive";
  /** RFC 3339. */
  readonly activeAt: string;
  /** A number as Go writes it: `1e+00`. */
  readonly value: string;
}

export interface ApiRule {
  readonly type: "alerting" | "recording";
  readonly name: string;
  readonly query: string;
  readonly labels?: Texts;
  readonly state?: "firing" | "pending" | "inactive" | "unknown";
  readonly health: "ok" | "err" | "unknown";
  readonly lastError?: string;
  /** RFC 3339; the year 1 where it was not evaluated yet. */
  readonly lastEvaluation: string;
}

export interface ApiRuleGroup {
  readonly name: string;
  readonly file: string;
  /** Seconds. */
  readonly interval: number;
  readonly rules: readonly ApiRule[];
}

export interface Alerting {
  readonly groups: readonly ApiRuleGroup[];
  /** Firing ones first, then the longest. */
  readonly alerts: readonly ApiAlert[];
}

const EVERY_MS = 5000;

export function useAlerting() {
  return useQuery({
    queryKey: ["alerting"],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }): Promise<Alerting> => {
      const [{ groups }, { alerts }] = await Promise.all([
        call<{ readonly groups: readonly ApiRuleGroup[] }>("rules?exclude_alerts=true", { signal }),
        call<{ readonly alerts: readonly ApiAlert[] }>("alerts", { signal }),
      ]);
      return { groups, alerts: inOrder(alerts) };
    },
  });
}

function inOrder(alerts: readonly ApiAlert[]): readonly ApiAlert[] {
  const rank = (alert: ApiAlert) => (alert.state === "firing" ? 0 : 1);
  return alerts
    .filter((alert) => alert.state !== "inactive")
    .sort((a, b) => rank(a) - rank(b) || Date.parse(a.activeAt) - Date.parse(b.activeAt));
}
