/** Makes the one-hour points of a day from its one-minute points, anew each time. */
import type { Labels, Slices } from "@dmon/model";
import type { PackFile } from "../files/pack-file.ts";
import { coarsen, orderPoints } from "../tiers/aggregate.ts";
import { TierPoints } from "../tiers/points.ts";
import { DAY_MS, HOUR_MS } from "../windows.ts";
import { allIds, ascending, IdScan } from "./id-scan.ts";
import { type MergeContext, Output } from "./merge-window.ts";

/** @param dayMs start of the day @throws as SQLite throws */
export function* mergeDay(context: MergeContext, dayMs: number): Slices<void> {
  const { catalog } = context;
  const minute = catalog.find("1m", dayMs);
  if (minute === undefined) return;
  const releaseMinute = catalog.hold(minute);
  try {
    const hour = catalog.obtain("1h", dayMs);
    const releaseHour = catalog.hold(hour);
    try {
      yield* mergeInto(context, dayMs, minute, hour);
    } finally {
      releaseHour();
    }
  } finally {
    releaseMinute();
  }
}

function* mergeInto(context: MergeContext, dayMs: number, minute: PackFile, hour: PackFile): Slices<void> {
  const sources = minute.packs
    .filter((row) => row.windowMs >= dayMs && row.windowMs < dayMs + DAY_MS)
    .map((row) => ({ file: minute, row }));
  if (sources.length === 0) return;
  const old = hour.packs.filter((row) => row.windowMs === dayMs).map((row) => ({ file: hour, row }));
  const fresh = new Set(yield* allIds(sources));
  const labels = yield* labelsOf(minute, new Set([...fresh].filter((id) => !hour.knows(id))));
  // Series without minutes keep their hours: late samples of others must not cost those of a day whose minutes left by age.
  const ids = new Set([...fresh, ...(yield* allIds(old))]);
  const out = new Output(context, (id) => labels.get(id), hour, dayMs, old);
  const scan = new IdScan(sources);
  const oldScan = new IdScan(old);
  const fine = new TierPoints();
  const coarse = new TierPoints();
  for (const id of ascending(ids)) {
    fine.length = 0;
    coarse.length = 0;
    const into = fresh.has(id) ? fine : coarse;
    for (const { pack, position } of (fresh.has(id) ? scan : oldScan).chunks(id)) {
      pack.readTier(position, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, into);
    }
    orderPoints(into);
    if (fresh.has(id)) coarsen(fine, HOUR_MS, coarse);
    if (coarse.length > 0) out.builder.addTier(id, coarse);
    out.added(id, coarse.length > 0);
    yield;
  }
  out.finish();
}

function* labelsOf(file: PackFile, ids: ReadonlySet<number>): Slices<Map<number, Labels>> {
  const found = new Map<number, Labels>();
  if (ids.size === 0) return found;
  for (const segment of file.segments()) {
    for (const { id, labels } of segment) if (ids.has(id)) found.set(id, labels);
    yield;
  }
  return found;
}
