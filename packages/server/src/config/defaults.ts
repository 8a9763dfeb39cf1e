/** What holds where nothing is configured: the defaults of all schemas, written out so that no schema has to be loaded for them. */
import type { Config } from "./schema.ts";

const DAY_MS = 86_400_000;

export const DEFAULTS: Config = {
  listen: "127.0.0.1:3666",
  external_labels: {},
  log: { level: "info", format: "auto" },
  collect: { interval: 1000, instance: "", procfs: "", sysfs: "", rootfs: "", collectors: {} },
  storage: {
    retention: { raw: 14 * DAY_MS, "1m": 90 * DAY_MS, "1h": 730 * DAY_MS },
    max_size: 0,
    out_of_order_window: 0,
    limits: { max_series: 1_000_000, max_series_per_job: 500_000 },
  },
  query: {
    lookback: 300_000,
    timeout: 120_000,
    max_samples: 50_000_000,
    max_response: 256 * 1024 * 1024,
    experimental_functions: false,
    delayed_name_removal: false,
  },
  rules: { for_outage_tolerance: 3_600_000, for_grace_period: 600_000 },
  web: { allowed_hosts: [], cors_origin: "", enable_remote_write: true, enable_admin_api: false, enable_otlp: true },
};
