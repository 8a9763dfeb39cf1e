/** All scenarios, in the order in which they run. A new one is a file beside these and a line here. */
import type { Scenario } from "./scenario.ts";
import { collectPass } from "./scenarios/collect-pass.ts";
import { firstPaint } from "./scenarios/first-paint.ts";
import { fleet } from "./scenarios/fleet.ts";
import { idle, idleBusy } from "./scenarios/idle.ts";
import { ingest } from "./scenarios/ingest.ts";
import { livePage } from "./scenarios/live-page.ts";
import { month } from "./scenarios/month.ts";
import { monthPage } from "./scenarios/month-page.ts";
import { promql } from "./scenarios/promql.ts";
import { ready } from "./scenarios/ready.ts";
import { scrape } from "./scenarios/scrape.ts";
import { targets } from "./scenarios/targets.ts";
import { tsdb } from "./scenarios/tsdb.ts";
import { webSize } from "./scenarios/web-size.ts";

export const builtin: readonly Scenario[] = [
  webSize,
  collectPass,
  scrape,
  targets,
  tsdb,
  ready,
  idle,
  idleBusy,
  firstPaint,
  livePage,
  ingest,
  promql,
  fleet,
  month,
  monthPage,
];
