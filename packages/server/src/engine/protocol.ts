/**
 * What the main thread and the engine's thread say to each other. Plain data only: it crosses by structured clone.
 *
 * Samples flow one way, uncommented. A call is an HTTP request handed over whole; its answer comes back as a head, pieces of
 * at most {@link PIECE_BYTES}, and an end. The engine stops after {@link WINDOW_PIECES} unacknowledged pieces.
 */
import type { OtlpOptions } from "@dmon/collect/ingest";
import type { MetricMetadata, SampleBatch, SourceId } from "@dmon/model";
import type { Config } from "../config/schema.ts";
import type { RuleSettings } from "./rules/manager.ts";

export const PIECE_BYTES = 256 * 1024;
export const WINDOW_PIECES = 4;

export interface EngineCall {
  readonly method: string;
  /** Without the query string, e.g. `/api/v1/query`. */
  readonly path: string;
  /** Raw query string without `?`. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the other end of the connection. */
  readonly clientIp: string;
  readonly body?: Uint8Array | undefined;
}

export type ToEngine =
  | {
      readonly type: "define";
      readonly source: SourceId;
      readonly fromSlot: number;
      readonly series: readonly (readonly string[])[];
    }
  | { readonly type: "undefine"; readonly source: SourceId }
  | { readonly type: "batch"; readonly batch: SampleBatch; readonly sentAtMs: number }
  | { readonly type: "metadata"; readonly metric: string; readonly metadata: MetricMetadata }
  | { readonly type: "call"; readonly id: number; readonly call: EngineCall }
  | { readonly type: "ack"; readonly id: number }
  | { readonly type: "cancel"; readonly id: number }
  /** Questions are about to come. */
  | { readonly type: "rehearse" }
  | { readonly type: "configure"; readonly settings: EngineSettings }
  | { readonly type: "stop" };

/** Numbers about the engine for `/metrics` and the status pages: name → value. */
export type EngineStats = Readonly<Record<string, number>>;

export type FromEngine =
  | { readonly type: "ready"; readonly openMs: number }
  | { readonly type: "failed"; readonly code: string; readonly error: string }
  | {
      readonly type: "head";
      readonly id: number;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly type: "piece"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: "end"; readonly id: number }
  /** Head, one piece and end in one message: most answers are small. */
  | {
      readonly type: "answer";
      readonly id: number;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly bytes: Uint8Array;
    }
  | { readonly type: "stats"; readonly stats: EngineStats }
  | {
      readonly type: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | { readonly type: "stopped" };

/** What may change while the engine runs. */
export interface EngineSettings {
  readonly config: Config;
  /** Undefined where there are no rules. */
  readonly rules: RuleSettings | undefined;
  readonly otlp: OtlpOptions;
  /** File for a line of each query; "" for none. */
  readonly queryLogFile: string;
}

export interface EngineStart {
  readonly dataDir: string;
  readonly settings: EngineSettings;
}
