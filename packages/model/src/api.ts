/** Types of the HTTP API and of the live stream, shared by `server` and `web`. JSON shapes; no code. */

export interface ApiSuccess<T> {
  readonly status: "success";
  readonly data: T;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

export type ApiErrorType =
  | "bad_data"
  | "execution"
  | "timeout"
  | "canceled"
  | "internal"
  | "unavailable"
  | "not_found"
  | "not_acceptable"
  | "unauthorized"
  | "forbidden";

export interface ApiFailure {
  readonly status: "error";
  readonly errorType: ApiErrorType;
  readonly error: string;
  /** Our own stable code (`docs/errors.md`); an addition to Prometheus' shape. */
  readonly code?: string;
}

export type ApiResponse<T> = ApiSuccess<T> | ApiFailure;

/** `[seconds, "value"]` */
export type ApiPoint = readonly [number, string];

/** A native histogram; numbers as text. Empty buckets are left out. */
export interface ApiHistogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly (readonly [rule: number, lower: string, upper: string, count: string])[];
}

/** Has a value or a histogram. */
export interface ApiVectorSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: ApiPoint;
  readonly histogram?: readonly [number, ApiHistogram];
}

export interface ApiMatrixSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** Absent where all of its points are native histograms. */
  readonly values?: readonly ApiPoint[];
  readonly histograms?: readonly (readonly [number, ApiHistogram])[];
}

export type ApiQueryData =
  | { readonly resultType: "vector"; readonly result: readonly ApiVectorSample[] }
  | { readonly resultType: "matrix"; readonly result: readonly ApiMatrixSeries[] }
  | { readonly resultType: "scalar" | "string"; readonly result: ApiPoint };

/**
 * The live stream, `GET /api/v1/live` (WebSocket, JSON text frames).
 *
 * The client subscribes to series by selectors; the server answers with the series that match (and later with those that
 * appear), numbered, then sends one frame a collection with what changed. A client that falls behind misses frames and gets
 * a full one next; it is never queued for without bound.
 */
export type LiveRequest =
  | {
      readonly type: "subscribe";
      /** Chosen by the client; names the subscription in the frames. */
      readonly id: number;
      /** Series selectors (`node_load1`, `{__name__=~"node_cpu.*",mode="idle"}`). */
      readonly match: readonly string[];
    }
  | { readonly type: "unsubscribe"; readonly id: number };

export interface LiveSeries {
  /** Names the series in the frames of this connection. */
  readonly ref: number;
  readonly metric: Readonly<Record<string, string>>;
}

export type LiveEvent =
  /** First message. `intervalMs` is the collection's interval. */
  | { readonly type: "hello"; readonly version: string; readonly intervalMs: number; readonly nowMs: number }
  /** Series that joined subscription `id`. */
  | { readonly type: "series"; readonly id: number; readonly series: readonly LiveSeries[] }
  /**
   * One collection, all subscriptions of the connection in one frame. `values` holds the refs whose value changed since the
   * last one (all, where `full`: of a subscription just made, and after frames were missed): `[ref, value]`, value null where
   * the series ended; a ref of two subscriptions may come twice. What is not named kept its value.
   * `missed`: frames before this one were not sent, as the connection did not keep up.
   */
  | {
      readonly type: "frame";
      readonly atMs: number;
      readonly full: boolean;
      readonly missed?: true;
      readonly values: readonly (readonly [ref: number, value: number | string | null])[];
    }
  | { readonly type: "error"; readonly id?: number; readonly code: string; readonly error: string };
