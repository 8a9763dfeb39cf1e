/**
 * Requests to `/api/v1`: one function that unwraps Prometheus' envelope, and typed calls over it.
 *
 * An answer with `status: "error"` and a network that fails both throw `ApiError`; its message is written for a reader.
 */
import type { ApiErrorType, ApiFailure, ApiMatrixSeries, ApiQueryData, ApiSuccess, ApiVectorSample } from "@dmon/model";
import { takeBegunAnswer } from "./begun.ts";

export class ApiError extends Error {
  /** 0: no answer at all. */
  readonly status: number;
  readonly type: ApiErrorType | "network";

  constructor(status: number, type: ApiErrorType | "network", message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.type = type;
  }

  /** The server does not have this route (yet): the page does without. */
  get isMissing(): boolean {
    return this.status === 404 || this.status === 405 || this.status === 501;
  }
}

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form (POST) or in the URL (GET); an array repeats the name. */
  readonly params?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param path below `/api/v1`
 * @throws {ApiError}
 */
export async function call<T>(path: string, request: ApiRequest = {}): Promise<T> {
  return (await callFull<T>(path, request)).data;
}

/** As `call`, with warnings and infos. */
export async function callFull<T>(path: string, request: ApiRequest = {}): Promise<ApiSuccess<T>> {
  const { url, init } = prepare(path, request);
  const begun = init.method === "GET" ? await takeBegunAnswer(url) : undefined;
  if (begun !== undefined) return begun as ApiSuccess<T>;
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    throw new ApiError(0, "network", "The server does not answer. It may have been stopped, or the network is down.");
  }
  const answer = await readAnswer<T>(response);
  if (answer.status === "error") throw new ApiError(response.status, answer.errorType, answer.error);
  return answer;
}

function prepare(path: string, request: ApiRequest): { url: string; init: RequestInit } {
  const method = request.method ?? "GET";
  const init: RequestInit = { method, signal: request.signal ?? null, headers: { accept: "application/json" } };
  let url = `/api/v1/${path}`;
  if (request.body !== undefined) {
    init.body = JSON.stringify(request.body);
    init.headers = { accept: "application/json", "content-type": "application/json" };
  } else if (request.params !== undefined) {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(request.params)) {
      if (value === undefined) continue;
      for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
    }
    if (method === "GET") url += `?${params}`;
    else init.body = params;
  }
  return { url, init };
}

async function readAnswer<T>(response: Response): Promise<ApiSuccess<T> | ApiFailure> {
  try {
    const answer: unknown = await response.json();
    if (typeof answer === "object" && answer !== null && "status" in answer)
      return answer as ApiSuccess<T> | ApiFailure;
  } catch {
    // Not JSON: a proxy's page, or a body that broke off.
  }
  return {
    status: "error",
    errorType: response.status === 404 ? "not_found" : "internal",
    error: response.ok ? "The server's answer could not be read." : `The server answered ${response.status}.`,
  };
}

/** `1.5`, `NaN`, `+Inf` as Prometheus writes them. */
export function parseApiNumber(text: string): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  return Number(text);
}

export type FloatSample = Required<Pick<ApiVectorSample, "metric" | "value">>;

/** The vector of an instant query, without native histograms; a scalar becomes a vector of one. */
export function vectorOf(data: ApiQueryData): readonly FloatSample[] {
  if (data.resultType === "vector")
    return data.result.filter((one): one is ApiVectorSample & FloatSample => one.value !== undefined);
  if (data.resultType === "scalar") return [{ metric: {}, value: data.result }];
  return [];
}

/** The native histograms of an instant query. */
export function histogramsOf(data: ApiQueryData): readonly Required<Pick<ApiVectorSample, "metric" | "histogram">>[] {
  if (data.resultType !== "vector") return [];
  return data.result.flatMap(({ metric, histogram }) => (histogram === undefined ? [] : [{ metric, histogram }]));
}

export function matrixOf(data: ApiQueryData): readonly ApiMatrixSeries[] {
  return data.resultType === "matrix" ? data.result : [];
}

/** The question itself is wrong, so that asking again is no use. */
export function isQueryError(error: unknown): boolean {
  return error instanceof ApiError && error.type === "bad_data";
}

/** What is wrong with a query and where (`1:5: parse error: …`), without the name of the parameter that held it. */
export function messageOfQueryError(error: unknown): string {
  return messageOfError(error).replace(/^invalid parameter "query": /, "");
}

export function messageOfError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
