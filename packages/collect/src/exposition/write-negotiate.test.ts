import { expect, it } from "vitest";
import { negotiateExposition } from "./write-negotiate.ts";

const PROMETHEUS_3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

it.each([
  [undefined, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"],
  ["", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"],
  ["text/html,application/xhtml+xml,*/*;q=0.8", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"],
  ["text/plain", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"],
  ["text/plain;version=1.0.0;escaping=allow-utf-8", "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8"],
  [PROMETHEUS_3, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"],
  ["application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"],
  [
    'Application/OpenMetrics-Text; Version="1.0.0"; Escaping=dots',
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots",
  ],
  [
    "application/openmetrics-text;q=0.1, text/plain;version=0.0.4;q=0.9",
    "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
  ],
  ["application/openmetrics-text;q=0", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"],
  [
    "application/openmetrics-text;version=9,text/plain",
    "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
  ],
  ["text/plain;escaping=nonsense", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"],
])("%s", (accept, contentType) => {
  expect(negotiateExposition(accept).contentType).toBe(contentType);
});
