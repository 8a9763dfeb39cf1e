/** `dmon import`: old samples from files, into a running server or straight into the store of one that is stopped. */
import { accessSync, constants, createReadStream, statSync } from "node:fs";
import { AppendOutcome, DmonError, isDmonError, messageOf, runToEnd, systemClock } from "@dmon/model";
import { type Command, Option } from "commander";
import { askForData, type ServerOptions, withServerOptions } from "../client.ts";
import { findFault } from "../import/find-fault.ts";
import { type ImportFormat, piecesOf } from "../import/pieces.ts";
import { dataDirOf } from "./store-dir.ts";

interface ImportOptions extends ServerOptions {
  readonly format?: ImportFormat;
  readonly config?: string;
}

interface Counts {
  samples: number;
  duplicates: number;
  /** By `AppendOutcome`. */
  refused: Map<number, number>;
  /** Each text once. */
  errors: Set<string>;
}

/** Why samples were refused, for people. */
const REFUSALS: readonly (readonly [outcome: number, why: string])[] = [
  [AppendOutcome.OUT_OF_BOUNDS, "older than anything that is kept (storage.retention), or of a time to come"],
  [AppendOutcome.CONFLICT, "with another value than the one that is there at the same instant"],
  [AppendOutcome.OUT_OF_ORDER, "older than the newest of their series"],
  [AppendOutcome.LIMIT, "of more series than storage.limits allows"],
];
const MAX_ERRORS = 10;

export function registerImport(program: Command): void {
  withServerOptions(
    program
      .command("import")
      .summary("take in old samples from files")
      .description(
        "Takes in samples from OpenMetrics text with timestamps (what promtool backfills from) or from JSON lines\n" +
          '({"labels": {…}, "samples": [[ms, value], …]}). Goes to the server that runs on the data directory, or straight into\n' +
          "the store where none runs. Samples may be older than what their series has; those that retention would\n" +
          "remove at once are refused and counted.",
      )
      .argument("<files...>", "files; - for standard input")
      .option("--config <file>", "configuration file, for the retention of a store that is opened here (DMON_CONFIG)")
      .addOption(new Option("--format <format>", "default: by the file's name").choices(["openmetrics", "jsonl"])),
  ).action(importFiles);
}

async function importFiles(files: readonly string[], options: ImportOptions): Promise<void> {
  for (const file of files) if (file !== "-") checkReadable(file);
  const counts: Counts = { samples: 0, duplicates: 0, refused: new Map(), errors: new Set() };
  const importers = await import("@dmon/collect/ingest");
  const sink = await openSink(options, counts);
  try {
    for (const file of files) {
      const format = options.format ?? (/\.jsonl?$|\.ndjson$/.test(file) ? "jsonl" : "openmetrics");
      const source = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 });
      for await (const piece of piecesOf(source as AsyncIterable<Uint8Array>, format)) {
        const fault = findFault(importers, piece, format);
        if (fault !== undefined) throw new DmonError("bad_import", `${file}:${fault.line}: ${fault.message}`);
        await sink.push(piece.bytes, format, file);
      }
    }
  } catch (error) {
    process.stdout.write(`stopped: ${countsText(counts)} before\n`);
    throw error;
  } finally {
    await sink.close();
  }
  for (const error of counts.errors) process.stderr.write(`${error}\n`);
  process.stdout.write(`${countsText(counts)}\n`);
  for (const [outcome, why] of REFUSALS) {
    const count = counts.refused.get(outcome) ?? 0;
    if (count > 0) process.stdout.write(`  ${count} refused: ${why}\n`);
  }
  if (refusedCount(counts) > 0) process.exitCode = 1;
}

function refusedCount({ refused }: Counts): number {
  return [...refused.values()].reduce((sum, count) => sum + count, 0);
}

function countsText(counts: Counts): string {
  const { samples, duplicates } = counts;
  return `${samples} samples taken in, ${duplicates} there already, ${refusedCount(counts)} refused`;
}

/** @throws {DmonError} `bad_argument` */
function checkReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
    if (statSync(file).isDirectory()) throw new Error("it is a directory");
  } catch (cause) {
    throw new DmonError("bad_argument", `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

interface Sink {
  push(piece: Buffer, format: ImportFormat, file: string): Promise<void>;
  close(): Promise<void>;
}

async function openSink(options: ImportOptions, counts: Counts): Promise<Sink> {
  if (options.server !== undefined || process.env.DMON_SERVER !== undefined) return serverSink(options, counts);
  try {
    return await storeSink(options, counts);
  } catch (error) {
    if (!isDmonError(error, "store_locked")) throw error;
    return serverSink(options, counts);
  }
}

function serverSink(options: ImportOptions, counts: Counts): Sink {
  return {
    async push(piece, format, file) {
      const path = `/api/v1/import?format=${format}`;
      const init = {
        method: "POST",
        body: new Uint8Array(piece),
        headers: { "content-type": "application/octet-stream" },
      };
      const { samples, outcomes, errors } = await askForData<ImportAnswer>(options, path, init);
      add(counts, samples, outcomes, errors, file);
    },
    close: async () => {},
  };
}

interface ImportAnswer {
  readonly samples: number;
  readonly outcomes: readonly number[];
  readonly errors: readonly string[];
}

async function storeSink(options: ImportOptions, counts: Counts): Promise<Sink> {
  const [{ openStore }, { JsonLinesImporter, OpenMetricsImporter }, { loadConfig, mergeOverrides, overridesFromEnv }] =
    await Promise.all([import("@dmon/tsdb"), import("@dmon/collect/ingest"), import("@dmon/server/config")]);
  const { config } = await loadConfig(mergeOverrides(overridesFromEnv(process.env), { configFile: options.config }));
  const { raw, "1m": m1, "1h": h1 } = config.storage.retention;
  const store = openStore({
    dir: await dataDirOf(options),
    clock: systemClock,
    retention: { rawMs: raw, m1Ms: m1, h1Ms: h1 },
    maxSizeBytes: config.storage.max_size,
  });
  // Once before the first sample, so that the store knows what is too old.
  runToEnd(store.maintenance());
  return {
    async push(piece, format, file) {
      const importer = format === "jsonl" ? new JsonLinesImporter(store) : new OpenMetricsImporter(store);
      store.backfill(() => {
        importer.push(piece);
        importer.finish();
      });
      store.commit();
      runToEnd(store.maintenance());
      add(counts, importer.result.samples, [...importer.result.outcomes], importer.result.errors, file);
    },
    async close() {
      store.commit();
      store.close();
    },
  };
}

function add(
  counts: Counts,
  samples: number,
  outcomes: readonly number[],
  errors: readonly string[],
  file: string,
): void {
  const duplicates = outcomes[AppendOutcome.DUPLICATE] ?? 0;
  counts.samples += samples - duplicates;
  counts.duplicates += duplicates;
  for (const [outcome] of REFUSALS) {
    const count = outcomes[outcome] ?? 0;
    if (count > 0) counts.refused.set(outcome, (counts.refused.get(outcome) ?? 0) + count);
  }
  for (const error of errors) if (counts.errors.size < MAX_ERRORS) counts.errors.add(`${file}: ${error}`);
}
