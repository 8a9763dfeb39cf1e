/** Rows of the process pages: the live list of this host, or programs (processes of one name) from any host's series. */
import type { ProcessList } from "@dmon/model";
import { useQuery } from "@tanstack/react-query";
import { ask } from "../../api/batch.ts";
import { ApiError, call, parseApiNumber, vectorOf } from "../../api/client.ts";
import { alongWithCharts } from "../../charts/frames.ts";

const EVERY_MS = 2000;

/** `data` is null where the server has no such list. */
export function useProcessList(enabled: boolean) {
  return useQuery({
    queryKey: ["process-list"],
    enabled,
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal, client, queryKey }): Promise<ProcessList | null> => {
      try {
        const list = await call<ProcessList>("host/processes", { signal });
        if (client.getQueryData(queryKey) !== undefined) await alongWithCharts();
        return list;
      } catch (error) {
        if (error instanceof ApiError && error.isMissing) return null;
        throw error;
      }
    },
  });
}

/** A group of series with one label in common, and its numbers now. */
export interface GroupRow {
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
}

/**
 * One row for each value of `label`, with the results of several instant queries.
 *
 * @param queries by column; `$s` stands for the matchers in `scope`
 */
export function useGroups(
  id: string,
  label: string,
  queries: Readonly<Record<string, string>>,
  scope: readonly string[],
  atMs: number | undefined,
  enabled: boolean,
) {
  return useQuery({
    queryKey: ["groups", id, scope.join(), atMs ?? "now"],
    enabled,
    refetchInterval: atMs === undefined ? EVERY_MS : false,
    queryFn: async ({ signal, client, queryKey }): Promise<readonly GroupRow[]> => {
      const columns = Object.keys(queries);
      const answers = await Promise.all(
        columns.map((column) => {
          const query = queries[column]!.replaceAll("$s", scope.join(","));
          return ask(atMs === undefined ? { query } : { query, time: atMs / 1000 }, signal);
        }),
      );
      const rows = new Map<string, Record<string, number>>();
      for (const [i, answer] of answers.entries()) {
        for (const { metric, value } of vectorOf(answer)) {
          const name = metric[label] ?? "";
          const row = rows.get(name) ?? {};
          row[columns[i]!] = parseApiNumber(value[1]);
          rows.set(name, row);
        }
      }
      if (client.getQueryData(queryKey) !== undefined) await alongWithCharts();
      return [...rows].map(([name, values]) => ({ name, values }));
    },
  });
}
