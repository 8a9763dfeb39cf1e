/** The scraped targets: their health, when they answered last, and what went wrong. */
import { useQuery } from "@tanstack/react-query";
import { ApiError, call } from "../../api/client.ts";
import { useNowMs } from "../../time/use-now.ts";
import { formatAge, formatValue } from "../../units/units.ts";
import classes from "./targets-table.module.css";

interface ApiTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: "up" | "down" | "unknown";
  readonly lastError: string;
  readonly lastScrape: string;
  readonly lastScrapeDuration: number;
}

const EVERY_MS = 10_000;

/** Undefined while asking, and where the server has no such route. */
export function useTargets() {
  return useQuery({
    queryKey: ["targets"],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }): Promise<readonly ApiTarget[]> => {
      try {
        const { activeTargets } = await call<{ readonly activeTargets: readonly ApiTarget[] }>("targets?state=active", {
          signal,
        });
        return activeTargets;
      } catch (error) {
        if (error instanceof ApiError && error.isMissing) return [];
        throw error;
      }
    },
  });
}

export function TargetsTable({ targets }: { readonly targets: readonly ApiTarget[] }) {
  const nowMs = useNowMs(5000);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={classes.scroll} tabIndex={0} aria-label="Targets">
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Instance</th>
            <th scope="col">State</th>
            <th scope="col">Last scrape</th>
            <th scope="col">Took</th>
            <th scope="col">Trouble</th>
          </tr>
        </thead>
        <tbody>
          {targets.map(({ labels, scrapeUrl, health, lastError, lastScrape, lastScrapeDuration }) => (
            <tr key={`${labels.job} ${labels.instance} ${scrapeUrl}`}>
              <td>{labels.job}</td>
              <td title={scrapeUrl}>{labels.instance}</td>
              <td data-health={health}>{health}</td>
              <td>{ago(lastScrape, nowMs)}</td>
              <td>{formatValue(lastScrapeDuration, "s")}</td>
              <td className={classes.trouble}>{lastError}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ago(instant: string, nowMs: number): string {
  const ms = Date.parse(instant);
  return Number.isNaN(ms) || ms <= 0 ? "not yet" : `${formatAge(Math.max(0, nowMs - ms))} ago`;
}
