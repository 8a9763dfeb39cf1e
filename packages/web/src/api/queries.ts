/** Questions that are not a chart's, cached and repeated by TanStack Query: the host, the names of its series. */
import type { HostInfo } from "@dmon/model";
import { notifyManager, QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { ApiError, call } from "./client.ts";

// Answers are shown in the frame in which they are let in (`alongWithCharts`): by default a timer lies between, and a frame.
notifyManager.setScheduler(queueMicrotask);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      gcTime: 60_000,
      retry: (count, error) => count < 3 && !(error instanceof ApiError && (error.isMissing || error.status === 400)),
      refetchOnWindowFocus: false,
    },
  },
});

/** A server that has just been started knows nothing yet, and more every second: it is asked often at first. */
function pauseMs(knownCount: number, askedCount: number): number {
  if (knownCount === 0) return 1000;
  return askedCount < 5 ? 5000 : 60_000;
}

export interface HostIdentity {
  /** Hosts that the store knows, this one first. */
  readonly instances: readonly string[];
  /** Of the machine that the program runs on; undefined where the server cannot say. */
  readonly local: HostInfo | undefined;
}

const HOST_SERIES = "match[]=node_load1&match[]=node_uname_info&match[]=node_memory_MemTotal_bytes";

/** The hosts there are. */
export const hostsQuery = queryOptions({
  queryKey: ["hosts"],
  queryFn: async ({ signal }): Promise<HostIdentity> => {
    const [local, instances] = await Promise.all([
      call<HostInfo>("host", { signal }).catch((error: unknown) => {
        if (error instanceof ApiError && error.isMissing) return undefined;
        throw error;
      }),
      call<string[]>(`label/instance/values?${HOST_SERIES}`, { signal }),
    ]);
    const others = instances.filter((name) => name !== local?.instance);
    return { local, instances: local === undefined ? others : [local.instance, ...others] };
  },
});

/** Asked again, as hosts may join. */
export function useHosts() {
  return useQuery({
    ...hostsQuery,
    refetchInterval: ({ state }) => pauseMs(state.data?.instances.length ?? 0, state.dataUpdateCount),
  });
}

/** Names of all metrics of one host (of everything, where `instance` is undefined). */
export function namesQuery(instance: string | undefined) {
  return queryOptions({
    queryKey: ["names", instance ?? ""],
    // The same names are the same set: a page of charts is then not rendered anew.
    structuralSharing: (before, now) => (isSameSet(before, now) ? before : now),
    queryFn: async ({ signal }): Promise<ReadonlySet<string>> => {
      const params = instance === undefined ? {} : { "match[]": `{instance=${JSON.stringify(instance)}}` };
      return new Set(await call<string[]>("label/__name__/values", { params, signal }));
    },
  });
}

export function useMetricNames(instance: string | undefined, enabled = true) {
  return useQuery({
    ...namesQuery(instance),
    enabled,
    refetchInterval: ({ state }) => pauseMs(state.data?.size ?? 0, state.dataUpdateCount),
  });
}

function isSameSet(before: unknown, now: unknown): boolean {
  if (!(before instanceof Set) || !(now instanceof Set) || before.size !== now.size) return false;
  return [...now].every((name) => before.has(name));
}
