/**
 * What a handler in the engine answers: a status, headers and text in pieces. Handlers are slice-wise, and so are the pieces,
 * so that a large answer is written under back-pressure and never blocks a commit.
 */
import type { Slices } from "@dmon/model";

export interface EngineReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Pieces of the body, in order; text is sent as UTF-8. */
  readonly body: Iterable<string | Uint8Array>;
}

export interface EngineRequest {
  readonly method: string;
  readonly path: string;
  /** Of the query string, then of a form in the body. */
  readonly params: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Of the other end of the connection. */
  readonly clientIp: string;
  readonly signal: AbortSignal;
}

export type EngineHandler<Context> = (context: Context, request: EngineRequest) => Slices<EngineReply>;

const JSON_HEADERS: Readonly<Record<string, string>> = { "content-type": "application/json" };

export function jsonReply(status: number, value: unknown): EngineReply {
  return { status, headers: JSON_HEADERS, body: [JSON.stringify(value)] };
}

export function textReply(status: number, text: string, contentType = "text/plain; charset=utf-8"): EngineReply {
  return { status, headers: { "content-type": contentType }, body: [text] };
}

/** A failure as Go's `http.Error` writes it. */
export function plainFailure(status: number, text: string): EngineReply {
  const { headers, body } = textReply(status, `${text}\n`);
  return { status, headers: { ...headers, "x-content-type-options": "nosniff" }, body };
}

/** `{"status":"success","data":…}` around data that is written already. */
export function successReply(
  data: Iterable<string | Uint8Array>,
  tail: { warnings?: readonly string[]; infos?: readonly string[] } = {},
): EngineReply {
  function* body(): Generator<string | Uint8Array> {
    yield '{"status":"success","data":';
    yield* data;
    yield notesJson("warnings", tail.warnings, "warning");
    yield notesJson("infos", tail.infos, "info");
    yield "}";
  }
  return { status: 200, headers: JSON_HEADERS, body: body() };
}

/** So many of each are told, as in Prometheus; how many more there are is said. */
const MAX_NOTES = 10;

function notesJson(field: string, notes: readonly string[] | undefined, kind: string): string {
  if (notes === undefined || notes.length === 0) return "";
  const omitted = notes.length - MAX_NOTES;
  const shown = omitted > 0 ? [...notes.slice(0, MAX_NOTES), `${omitted} more ${kind} annotations omitted`] : notes;
  return `,"${field}":${JSON.stringify(shown)}`;
}
