/** `POST /api/v1/read`: Prometheus' remote read, in both of its forms. */
import {
  decodeReadRequest,
  READ_CHUNKS_HEADERS,
  READ_SAMPLES_HEADERS,
  ReadChunksAnswer,
  type ReadRequest,
  ReadSamplesAnswer,
} from "@dmon/collect/ingest";
import { DmonError, isDmonError, SampleColumns, type SelectedSeries, type Slices } from "@dmon/model";
import type { EngineContext } from "../context.ts";
import type { EngineReply, EngineRequest } from "../reply.ts";

export function* remoteRead(context: EngineContext, { body }: EngineRequest): Slices<EngineReply> {
  const request = decode(body);
  const columns = new SampleColumns();
  const selected: { readonly startMs: number; readonly endMs: number; readonly series: readonly SelectedSeries[] }[] =
    [];
  for (const { startMs, endMs, matchers, stepMs, rangeMs, func } of request.queries) {
    const { series } = yield* context.store.select(matchers, { startMs, endMs, stepMs, rangeMs, func, tier: "raw" });
    selected.push({ startMs, endMs, series });
  }
  // Chunks hold floats only: where histograms are among the answer it is given as samples.
  let hasHistograms = false;
  if (request.form === "chunks") {
    for (const { startMs, endMs, series } of selected) {
      for (const one of series) {
        one.read(startMs, endMs, columns);
        hasHistograms ||= columns.hasHistograms;
        yield;
      }
    }
  }
  if (request.form === "chunks" && !hasHistograms)
    return { status: 200, headers: READ_CHUNKS_HEADERS, body: chunks(selected, columns) };
  const answer = new ReadSamplesAnswer();
  for (const { startMs, endMs, series } of selected) {
    for (const one of series) {
      one.read(startMs, endMs, columns);
      if (columns.length > 0) answer.addSeries(one.labels, columns);
      yield;
    }
    answer.endQuery();
  }
  return { status: 200, headers: READ_SAMPLES_HEADERS, body: [answer.finish()] };
}

function decode(body: Uint8Array): ReadRequest {
  try {
    return decodeReadRequest(body);
  } catch (error) {
    if (!isDmonError(error)) throw error;
    throw new DmonError("bad_parameter", error.message, { cause: error });
  }
}

function* chunks(
  selected: readonly { readonly startMs: number; readonly endMs: number; readonly series: readonly SelectedSeries[] }[],
  columns: SampleColumns,
): Generator<Uint8Array> {
  const answer = new ReadChunksAnswer();
  for (const { startMs, endMs, series } of selected) {
    for (const one of series) {
      one.read(startMs, endMs, columns);
      const frame = columns.length === 0 ? undefined : answer.addSeries(one.labels, columns);
      yield frame ?? new Uint8Array(0);
    }
    const rest = answer.endQuery();
    if (rest !== undefined) yield rest;
  }
}
