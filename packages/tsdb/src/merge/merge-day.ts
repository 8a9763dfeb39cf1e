/** Makes the one-hour points of a day from its one-minute points, anew each time. */
import type { Labels, Slices } from "@dmon/model";
import type { PackFile } from "../files/pack-file.ts";
import { coarsen, orderPoints } from "../tiers/aggregate.ts";
import { TierPoints } from "../tiers/points.ts";
import { DAY_MS, HOUR_MS } from "../windows.ts";
import { allIds, IdScan } from "./id-scan.ts";
import { type MergeContext, Output } from "./merge-window.ts";

/** @param dayMs start of the day @throws as SQLite throws */
export function* mergeDay(context: MergeContext, dayMs: number): Slices<void> {
  const minute = context.catalog.find("1m", dayMs);
  if (minute === undefined) return;
  const sources = minute.packs
    .filter((row) => row.windowMs >= dayMs && row.windowMs < dayMs + DAY_MS)
    .map((row) => ({ file: minute, row }));
  if (sources.length === 0) return;
  const hour = context.catalog.obtain("1h", dayMs);
  const old = hour.packs.filter((row) => row.windowMs === dayMs).map((row) => ({ file: hour, row }));
  const ids = yield* allIds(sources);
  const labels = yield* labelsOf(minute, new Set(ids.filter((id) => !hour.knows(id))));
  const out = new Output(context, (id) => labels.get(id), hour, dayMs, old);
  const scan = new IdScan(sources);
  const fine = new TierPoints();
  const coarse = new TierPoints();
  for (const id of ids) {
    fine.length = 0;
    coarse.length = 0;
    for (const { pack, position } of scan.chunks(id)) {
      pack.readTier(position, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, fine);
    }
    orderPoints(fine);
    coarsen(fine, HOUR_MS, coarse);
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
