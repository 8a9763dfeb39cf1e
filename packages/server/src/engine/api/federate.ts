/**
 * `/federate`: the newest value of the series that match, for another server to scrape. External labels are added where a
 * series does not have them, and an empty `instance` where there is none, so that the scraping server does not add its own.
 * Source: prometheus `web/federate.go`.
 */
import { type FederatedSample, negotiateFederation, writeFederated } from "@dmon/collect/exposition/writer";
import {
  compareStrings,
  type Labels,
  METRIC_NAME,
  messageOf,
  SampleColumns,
  SampleKind,
  type Slices,
} from "@dmon/model";
import { parseSelector } from "@dmon/promql";
import type { EngineContext } from "../context.ts";
import { type EngineReply, type EngineRequest, plainFailure } from "../reply.ts";

interface Found extends FederatedSample {
  readonly key: string;
}

export function* federate(context: EngineContext, { params, headers }: EngineRequest): Slices<EngineReply> {
  const { store, config, clock } = context;
  const format = negotiateFederation(headers.accept);
  const endMs = clock.nowMs();
  const startMs = endMs - config.query.lookback;
  let selectors: ReturnType<typeof parseSelector>[];
  try {
    selectors = params.getAll("match[]").map((text) => parseSelector(text));
  } catch (error) {
    return plainFailure(400, messageOf(error));
  }
  const external = Object.entries({ instance: "", ...config.external_labels }).sort(([a], [b]) => compareStrings(a, b));
  const columns = new SampleColumns();
  const found = new Map<string, Found>();
  for (const matchers of selectors) {
    const { series } = yield* store.select(matchers, { startMs, endMs, stepMs: 0, rangeMs: 0, func: "", tier: "raw" });
    for (const one of series) {
      one.read(startMs, endMs, columns);
      const sample = newest(one.labels, columns, external);
      if (sample !== undefined) found.set(sample.key, sample);
      yield;
    }
  }
  const samples = [...found.values()].sort((a, b) => compareStrings(a.name, b.name) || compareStrings(a.key, b.key));
  return { status: 200, headers: { "content-type": format.contentType }, body: writeFederated(samples, format) };
}

/** Undefined where the series has ended, or has no name to be told by. */
function newest(
  labels: Labels,
  { length, timesMs, values, kinds, histograms }: SampleColumns,
  external: readonly (readonly [string, string])[],
): Found | undefined {
  const last = length - 1;
  const name = labels.get(METRIC_NAME);
  if (last < 0 || kinds[last] === SampleKind.STALE || name === "") return undefined;
  const own = [...labels].filter(([label]) => label !== METRIC_NAME);
  const added = external.filter(([label]) => !labels.has(label));
  return {
    key: labels.key,
    name,
    labels: [...own, ...added].flat(),
    atMs: timesMs[last]!,
    value: values[last]!,
    histogram: kinds[last] === SampleKind.HISTOGRAM ? histograms[last] : undefined,
  };
}
