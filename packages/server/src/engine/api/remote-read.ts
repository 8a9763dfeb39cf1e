/**
 * `POST /api/v1/read`: Prometheus' remote read, in both of its forms. Series get the external labels that they do not have, and a
 * matcher that asks for one of those is met by it. Source: prometheus `storage/remote/read_handler.go`.
 */
import {
  decodeReadRequest,
  READ_CHUNKS_HEADERS,
  READ_SAMPLES_HEADERS,
  ReadChunksAnswer,
  type ReadQuery,
  type ReadRequest,
  ReadSamplesAnswer,
} from "@dmon/collect/ingest";
import { compareLabels, isDmonError, type Labels, SampleColumns, type SelectedSeries, type Slices } from "@dmon/model";
import type { EngineContext } from "../context.ts";
import { type EngineReply, type EngineRequest, plainFailure } from "../reply.ts";

interface Selected {
  readonly query: ReadQuery;
  /** In order of the labels as they are sent. */
  readonly series: readonly { readonly labels: Labels; readonly stored: SelectedSeries }[];
}

export function* remoteRead(context: EngineContext, { body }: EngineRequest): Slices<EngineReply> {
  let request: ReadRequest;
  try {
    request = decodeReadRequest(body);
  } catch (error) {
    if (!isDmonError(error)) throw error;
    return plainFailure(400, error.message);
  }
  const selected: Selected[] = [];
  for (const query of request.queries) selected.push(yield* select(context, query));
  if (request.form === "chunks") return { status: 200, headers: READ_CHUNKS_HEADERS, body: chunks(selected) };
  const answer = new ReadSamplesAnswer();
  const columns = new SampleColumns();
  for (const { query, series } of selected) {
    for (const { labels, stored } of series) {
      stored.read(query.startMs, query.endMs, columns);
      if (columns.length > 0) answer.addSeries(labels, columns);
      yield;
    }
    answer.endQuery();
  }
  return { status: 200, headers: READ_SAMPLES_HEADERS, body: [answer.finish()] };
}

function* select({ store, config }: EngineContext, query: ReadQuery): Slices<Selected> {
  const external = Object.entries(config.external_labels);
  const { startMs, endMs, stepMs, rangeMs, func } = query;
  const isMet = ({ type, name, value }: ReadQuery["matchers"][number]): boolean =>
    type === "=" && config.external_labels[name] === value;
  const matchers = query.matchers.filter((matcher) => !isMet(matcher));
  const { series } = yield* store.select(matchers, { startMs, endMs, stepMs, rangeMs, func, tier: "raw" });
  const labelled = series.map((stored) => ({ labels: withMissing(stored.labels, external), stored }));
  return { query, series: labelled.sort((a, b) => compareLabels(a.labels, b.labels)) };
}

function withMissing(labels: Labels, external: readonly (readonly [string, string])[]): Labels {
  return external.reduce((all, [name, value]) => (all.has(name) ? all : all.with(name, value)), labels);
}

function* chunks(selected: readonly Selected[]): Generator<Uint8Array> {
  const answer = new ReadChunksAnswer();
  const columns = new SampleColumns();
  for (const { query, series } of selected) {
    for (const { labels, stored } of series) {
      stored.read(query.startMs, query.endMs, columns);
      yield* columns.length === 0 ? [NOTHING] : answer.series(labels, columns);
    }
    answer.endQuery();
  }
}

/** A piece all the same, so that a long row of empty series lets others have their turn. */
const NOTHING = new Uint8Array(0);
