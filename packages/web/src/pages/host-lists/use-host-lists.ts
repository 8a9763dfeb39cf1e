/** Rows of a host's lists: what the serving host says of itself now, or groups of series of any host and time. */
import { useQuery } from "@tanstack/react-query";
import { ask } from "../../api/batch.ts";
import { ApiError, call, parseApiNumber, vectorOf } from "../../api/client.ts";
import { alongWithCharts } from "../../charts/frames.ts";

const EVERY_MS = 2000;

/**
 * A list that the serving host makes of itself, every two seconds.
 *
 * @param path of its route
 * @returns `data` is null where the server has no such list
 */
export function useHostList<List>(path: string, enabled: boolean) {
  return useQuery({
    queryKey: ["host-list", path],
    enabled,
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal, client, queryKey }): Promise<List | null> => {
      try {
        const list = await call<List>(path, { signal });
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
