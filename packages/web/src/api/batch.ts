/**
 * Collects the queries of one moment into one request (`POST /api/v1/batch`), because a browser opens six connections to a
 * host and a page of charts asks at once.
 *
 * A server without that route is asked query by query, six at a time. An aborted query is left out if not yet sent; a
 * request all of whose queries were aborted is aborted.
 */
import type { ApiQueryData, ApiResponse, ApiSuccess, BatchAnswer, BatchQuery } from "@dmon/model";
import { ApiError, call, callFull } from "./client.ts";

/** The first few of a page's questions are answered for themselves, so that its first charts do not wait for the last. */
const FIRST_BATCH = 6;
const MAX_BATCH = 32;
const MAX_PARALLEL = 6;

/** What a single answer says besides its data. */
export interface AnswerNotes {
  readonly stats: QueryCost | undefined;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

export interface QueryCost {
  readonly seriesCount: number;
  readonly samplesTotal: number;
  /** Of the engine's thread. */
  readonly cpuMs: number;
}

interface Waiting {
  readonly query: BatchQuery;
  /** Wants the notes, and so a request of its own. */
  readonly onNotes: ((notes: AnswerNotes) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (data: ApiQueryData) => void;
  readonly reject: (error: unknown) => void;
}

let waiting: Waiting[] = [];
let hasBatchRoute = true;

/** @throws {ApiError} */
export function ask(
  query: BatchQuery,
  signal?: AbortSignal,
  onNotes?: (notes: AnswerNotes) => void,
): Promise<ApiQueryData> {
  return new Promise((resolve, reject) => {
    if (waiting.length === 0) queueMicrotask(() => setTimeout(flush, 0));
    waiting.push({ query, signal, onNotes, resolve, reject });
  });
}

function flush(): void {
  const due = waiting.filter((one) => {
    if (one.signal?.aborted) one.reject(one.signal.reason);
    return !one.signal?.aborted;
  });
  waiting = [];
  const alone = due.filter((one) => one.onNotes !== undefined);
  const together = due.filter((one) => one.onNotes === undefined);
  if (alone.length > 0) void sendSingly(alone);
  for (const group of groupsOf(together)) void send(group);
}

function groupsOf(all: readonly Waiting[]): (readonly Waiting[])[] {
  const first = all.length > MAX_BATCH / 2 ? FIRST_BATCH : 0;
  const groups = first === 0 ? [] : [all.slice(0, first)];
  for (let i = first; i < all.length; i += MAX_BATCH) groups.push(all.slice(i, i + MAX_BATCH));
  return groups;
}

async function send(group: readonly Waiting[]): Promise<void> {
  if (!hasBatchRoute || group.length === 1) return sendSingly(group);
  const aborted = allAborted(group);
  try {
    const answers = await call<BatchAnswer>("batch", {
      method: "POST",
      body: { queries: group.map((one) => one.query) },
      signal: aborted?.signal,
    });
    for (const [i, one] of group.entries()) settle(one, answers[i]);
  } catch (error) {
    if (error instanceof ApiError && error.isMissing) {
      hasBatchRoute = false;
      return sendSingly(group);
    }
    for (const one of group) one.reject(error);
  } finally {
    aborted?.forget();
  }
}

function settle(one: Waiting, answer: ApiResponse<ApiQueryData> | undefined): void {
  if (answer === undefined) one.reject(new ApiError(0, "internal", "The server left out an answer."));
  else if (answer.status === "error") one.reject(new ApiError(422, answer.errorType, answer.error));
  else one.resolve(answer.data);
}

async function sendSingly(group: readonly Waiting[]): Promise<void> {
  const rest = [...group];
  const worker = async () => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await sendOne(one);
  };
  await Promise.all(Array.from({ length: Math.min(MAX_PARALLEL, group.length) }, worker));
}

async function sendOne(one: Waiting): Promise<void> {
  const { query, start, end, step, time } = one.query;
  const path = start === undefined ? "query" : "query_range";
  try {
    const stats = one.onNotes === undefined ? undefined : "all";
    const params = start === undefined ? { query, time, stats } : { query, start, end, step, stats };
    const answer = await callFull<ApiQueryData>(path, { method: "POST", params, signal: one.signal });
    one.onNotes?.(notesOf(answer));
    one.resolve(answer.data);
  } catch (error) {
    one.reject(error);
  }
}

interface ApiStats {
  readonly timings?: { readonly execTotalTime?: number };
  readonly samples?: { readonly totalQueryableSamples?: number };
  readonly seriesCount?: number;
}

function notesOf({ data, warnings = [], infos = [] }: ApiSuccess<ApiQueryData>): AnswerNotes {
  const stats = "stats" in data ? (data.stats as ApiStats) : undefined;
  const cost = stats && {
    seriesCount: stats.seriesCount ?? 0,
    samplesTotal: stats.samples?.totalQueryableSamples ?? 0,
    cpuMs: (stats.timings?.execTotalTime ?? 0) * 1000,
  };
  return { stats: cost, warnings, infos };
}

interface AllAborted {
  readonly signal: AbortSignal;
  /** Listens no longer: a signal lives as long as its chart, which may ask every few seconds for days. */
  forget(): void;
}

/** Aborts when all of them have. Undefined where one of them never will. */
function allAborted(group: readonly Waiting[]): AllAborted | undefined {
  if (group.some((one) => one.signal === undefined)) return undefined;
  const controller = new AbortController();
  let left = group.length;
  const gone = ({ signal }: Waiting) => {
    left--;
    if (left === 0) controller.abort(signal?.reason);
  };
  const listeners = group.map((one) => {
    const listener = () => gone(one);
    if (one.signal?.aborted) gone(one);
    else one.signal?.addEventListener("abort", listener, { once: true });
    return () => one.signal?.removeEventListener("abort", listener);
  });
  return {
    signal: controller.signal,
    forget: () => {
      for (const forget of listeners) forget();
    },
  };
}
