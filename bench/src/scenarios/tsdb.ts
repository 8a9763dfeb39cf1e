/**
 * What the store costs, on what this machine really says: recorded at 1 s by the program's own collectors, replayed in a
 * loop until a day is full.
 */
import { type Capture, measureStore } from "@dmon/tsdb/testing/bench";
import { recordHost } from "../measure/record.ts";
import type { Scenario } from "../scenario.ts";

export const tsdb: Scenario<Capture> = {
  name: "tsdb",
  summary: "bytes kept and written a sample, ingest, decode and select, over a day of this machine's own 1 s data",
  // While the machine is as quiet as those that it is for.
  beginWith: "idle",
  prepare(context) {
    const seconds = context.quick ? 30 : 600;
    context.say(`recording this machine for ${seconds} s`);
    return recordHost(seconds);
  },
  async run(context, capture) {
    const costs = measureStore(capture, { hours: 24, batchSize: 500 });
    context.say(
      Object.entries(costs.bytesByFile)
        .map(([name, bytes]) => `${name} ${bytes}`)
        .join(", "),
    );
    const written = costs.writtenBytesPerSample;
    return [
      { name: "tsdb.bytes", value: costs.bytesPerSample, unit: "bytes/sample", note: `${costs.seriesCount} series` },
      written === undefined
        ? { name: "tsdb.written", skipped: "/proc/self/io cannot be read" }
        : { name: "tsdb.written", value: written, unit: "bytes/sample" },
      { name: "tsdb.ingest", value: costs.samplesPerCpuSecond, unit: "samples/CPU s" },
      { name: "tsdb.decode", value: costs.decodedPerCpuSecond, unit: "samples/CPU s" },
      {
        name: "tsdb.select",
        value: costs.hourOf100SeriesMs,
        unit: "ms",
        note: `cold ${costs.hourOf100SeriesColdMs.toFixed(1)}`,
      },
      { name: "tsdb.reopen", value: costs.reopenMs, unit: "ms" },
    ];
  },
};
