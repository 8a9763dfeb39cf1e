/**
 * `/federate`: the newest value of the series that match, for another server to scrape. Text 0.0.4 with timestamps, external
 * labels added where a series does not have them. Source: prometheus `web/federate.go`.
 */
import {
  compareStrings,
  DmonError,
  formatExpositionFloat,
  isLegacyLabelName,
  type Labels,
  METRIC_NAME,
  SampleColumns,
  SampleKind,
  type Slices,
} from "@dmon/model";
import { parseSelector } from "@dmon/promql";
import type { EngineContext } from "../context.ts";
import { type EngineReply, type EngineRequest, textReply } from "../reply.ts";

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8";

interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  readonly atMs: number;
}

export function* federate(context: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  const { store, config, clock } = context;
  const endMs = clock.nowMs();
  const startMs = endMs - config.query.lookback;
  const columns = new SampleColumns();
  const found = new Map<string, Sample>();
  for (const text of params.getAll("match[]")) {
    const { series } = yield* store.select(readSelector(text), {
      startMs,
      endMs,
      stepMs: 0,
      rangeMs: 0,
      func: "",
      tier: "raw",
    });
    for (const one of series) {
      one.read(startMs, endMs, columns);
      const last = columns.length - 1;
      const name = one.labels.get(METRIC_NAME);
      if (last >= 0 && columns.kinds[last] === SampleKind.FLOAT && name !== "") {
        found.set(one.labels.key, {
          name,
          labels: one.labels,
          value: columns.values[last]!,
          atMs: columns.timesMs[last]!,
        });
      }
      yield;
    }
  }
  const external = Object.entries(config.external_labels);
  return { ...textReply(200, "", CONTENT_TYPE), body: write([...found.values()], external) };
}

function readSelector(text: string) {
  try {
    return parseSelector(text);
  } catch (error) {
    throw new DmonError("bad_parameter", error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function* write(samples: Sample[], external: readonly (readonly [string, string])[]): Generator<string> {
  samples.sort((a, b) => compareStrings(a.name, b.name) || compareStrings(a.labels.key, b.labels.key));
  let name = "";
  for (const sample of samples) {
    const isNew = sample.name !== name;
    name = sample.name;
    const added = external.filter(([label]) => !sample.labels.has(label));
    const pairs = [...sample.labels].filter(([label]) => label !== METRIC_NAME);
    const text = [...pairs, ...added].map(([label, value]) => `${quoteName(label)}="${escapeValue(value)}"`).join(",");
    yield `${isNew ? `# TYPE ${name} untyped\n` : ""}${name}${text === "" ? "" : `{${text}}`} ${formatExpositionFloat(sample.value)} ${sample.atMs}\n`;
  }
}

function quoteName(label: string): string {
  return isLegacyLabelName(label) ? label : `"${escapeValue(label)}"`;
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
