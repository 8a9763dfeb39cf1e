/**
 * The one error class of the program.
 *
 * `code` is stable, snake_case and documented in `docs/errors.md`; `message` says what is wrong, where, and what to do.
 * Domain code knows no HTTP: `server` maps codes to a status and to Prometheus' `errorType`.
 */
export class DmonError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "DmonError";
    this.code = code;
  }
}

/** True for an error of ours with the given code (any code where none is given). */
export function isDmonError(error: unknown, code?: string): error is DmonError {
  return error instanceof DmonError && (code === undefined || error.code === code);
}

/** A broken invariant: never caught on purpose, always a defect of this program. */
export function bug(what: string): never {
  throw new Error(`BUG: ${what}`);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Codes that model itself throws: what each means, and what to do. Listed in `docs/errors.md`. */
export const MODEL_ERRORS = {
  bad_duration:
    "A duration cannot be read, or is longer than 292 years. Write whole numbers with falling units: `15s`, `5m`, `1h30m`.",
} as const;
