/**
 * From codes to HTTP: which status and which of Prometheus' error types an error of ours becomes.
 * Domain code knows no HTTP; this is the one place that does.
 */
import { type ApiErrorType, type ApiFailure, DmonError, messageOf } from "@dmon/model";

const BY_CODE: Readonly<Record<string, readonly [status: number, errorType: ApiErrorType]>> = {
  bad_parameter: [400, "bad_data"],
  bad_query: [400, "bad_data"],
  bad_duration: [400, "bad_data"],
  bad_regex: [400, "bad_data"],
  query_failed: [422, "execution"],
  query_too_large: [422, "execution"],
  tier_cannot_answer: [422, "execution"],
  query_timeout: [503, "timeout"],
  query_cancelled: [503, "canceled"],
  engine_gone: [503, "unavailable"],
  engine_overloaded: [503, "unavailable"],
  disk_full: [503, "unavailable"],
  body_too_large: [413, "bad_data"],
  credentials_required: [401, "unauthorized"],
  host_not_allowed: [403, "forbidden"],
  origin_not_allowed: [403, "forbidden"],
  // The status that Prometheus gives it.
  admin_api_disabled: [500, "unavailable"],
  store_busy: [503, "unavailable"],
  dashboard_conflict: [409, "bad_data"],
  dashboard_invalid: [400, "bad_data"],
  not_found: [404, "not_found"],
};

export interface HttpFailure {
  readonly status: number;
  readonly body: ApiFailure;
}

export function httpFailure(error: unknown): HttpFailure {
  const code = error instanceof DmonError ? error.code : undefined;
  const [status, errorType] = (code === undefined ? undefined : BY_CODE[code]) ?? [500, "internal" as const];
  return {
    status,
    body: { status: "error", errorType, error: messageOf(error), ...(code === undefined ? {} : { code }) },
  };
}
