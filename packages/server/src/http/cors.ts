/**
 * Pages of other sites that may read the API: `web.cors_origin`, as Prometheus' flag `--web.cors.origin`, but none by default.
 * What changes something stays refused to them (`security/guard.ts`).
 */
import { RE2JS } from "re2js";

/** @param pattern RE2, matched against the whole origin */
export function corsHeaders(pattern: string): (origin: string | undefined) => Readonly<Record<string, string>> {
  const allowed = RE2JS.compile(pattern);
  return (origin) => {
    if (origin === undefined || !allowed.matches(origin)) return {};
    return {
      "access-control-allow-headers": "Accept, Authorization, Content-Type, Origin",
      "access-control-allow-methods": "GET, POST, OPTIONS",
      "access-control-allow-origin": origin,
      "access-control-expose-headers": "Date",
      vary: "Origin",
    };
  };
}
