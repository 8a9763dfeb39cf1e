/** Notes on the time line (deploys, restarts, alerts): asked for the shown window, added and removed. */
import type { Annotation, NewAnnotation } from "@dmon/model";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, call } from "../../api/client.ts";
import { live } from "../../api/live.ts";
import type { Mark } from "../../charts/marks.ts";
import type { TimeRange } from "../../time/time-range.ts";

const EVERY_MS = 15_000;

/** `data` is null where the server has no annotations. */
export function useAnnotations(range: TimeRange) {
  const key = range.kind === "fixed" ? `${range.fromMs}-${range.toMs}` : `live ${range.windowMs}`;
  return useQuery({
    queryKey: ["annotations", key],
    refetchInterval: range.kind === "live" ? EVERY_MS : false,
    // Not aborted: a page that is made anew once its host is known takes over what it has asked.
    queryFn: async (): Promise<readonly Annotation[] | null> => {
      const nowMs = live.nowMs;
      const [fromMs, toMs] = range.kind === "fixed" ? [range.fromMs, range.toMs] : [nowMs - range.windowMs, nowMs];
      try {
        return await call<Annotation[]>("annotations", { params: { start: fromMs / 1000, end: toMs / 1000 } });
      } catch (error) {
        if (error instanceof ApiError && error.isMissing) return null;
        throw error;
      }
    },
  });
}

const NO_MARKS: readonly Mark[] = [];

/** Where there are none, always the same: the page's charts are not rendered anew for it. */
export function marksOf(annotations: readonly Annotation[]): readonly Mark[] {
  if (annotations.length === 0) return NO_MARKS;
  return annotations.map(({ atMs, endMs, source, text }) => ({
    atS: atMs / 1000,
    ...(endMs === undefined ? {} : { endS: endMs / 1000 }),
    kind: source === "alert" || source === "experiment" ? "trouble" : "note",
    text,
  }));
}

/** A new one, or another in the place of one that there is. */
export function useSaveAnnotation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, note }: { readonly id: string | undefined; readonly note: NewAnnotation }) =>
      id === undefined
        ? call<Annotation>("annotations", { method: "POST", body: note })
        : call<Annotation>(`annotations/${encodeURIComponent(id)}`, { method: "PUT", body: note }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["annotations"] }),
  });
}

export function useRemoveAnnotation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call<null>(`annotations/${encodeURIComponent(id)}`, { method: "DELETE" }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["annotations"] }),
  });
}
