/** Dashboards on the server: one file each, in `dashboards/` of its data directory. */
import type { DashboardDocument, DashboardListItem, StoredDashboard } from "@dmon/model";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client.ts";
import { fromGrafana, isGrafanaDashboard } from "./grafana/read.ts";

export function useDashboardList() {
  return useQuery({
    queryKey: ["dashboards"],
    queryFn: ({ signal }) => call<readonly DashboardListItem[]>("dashboards", { signal }),
  });
}

const FOLLOW_MS = 3000;

/** Follows its file: a change on disk shows up. A file that is not in our own form is converted as it is read. */
export function useDashboard(id: string) {
  return useQuery({
    queryKey: ["dashboard", id],
    staleTime: 0,
    refetchInterval: FOLLOW_MS,
    refetchOnWindowFocus: true,
    queryFn: async ({ signal }): Promise<StoredDashboard> => {
      const stored = await call<StoredDashboard>(`dashboards/${encodeURIComponent(id)}`, { signal });
      return isGrafanaDashboard(stored.document) ? { ...stored, document: fromGrafana(stored.document) } : stored;
    },
  });
}

export interface SaveDashboard {
  readonly id: string;
  readonly revision: string | undefined;
  readonly document: DashboardDocument;
}

export function useSaveDashboard() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, revision, document }: SaveDashboard) =>
      call<StoredDashboard>(`dashboards/${encodeURIComponent(id)}`, {
        method: "PUT",
        body: revision === undefined ? { document } : { revision, document },
      }),
    onSuccess: (stored, { id }) => {
      client.setQueryData(["dashboard", id], stored);
      return client.invalidateQueries({ queryKey: ["dashboards"] });
    },
  });
}

export function useDeleteDashboard() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call<null>(`dashboards/${encodeURIComponent(id)}`, { method: "DELETE" }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["dashboards"] }),
  });
}

/** An id from a title, unlike those that are taken. */
export function idFor(title: string, taken: readonly string[]): string {
  const base =
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, 50) || "dashboard";
  if (!taken.includes(base)) return base;
  for (let n = 2; ; n++) if (!taken.includes(`${base}-${n}`)) return `${base}-${n}`;
}
