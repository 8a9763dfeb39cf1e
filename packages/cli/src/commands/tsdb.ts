/** `dmon tsdb analyze|verify`: what is in the store, and is it whole? Both only read, beside a running server or not. */
import { DmonError } from "@dmon/model";
import type { StoreAnalysis } from "@dmon/tsdb";
import type { Command } from "commander";
import { addDataDirOption, type DataDirOption, storeDirOf } from "./store-dir.ts";

interface AnalyzeOptions extends DataDirOption {
  readonly json?: boolean;
  readonly limit: number;
}

export function register(program: Command): void {
  const tsdb = program.command("tsdb").description("looks into the store");
  const analyze = tsdb
    .command("analyze")
    .description("shows files, series, churn and what takes the room")
    .option("--json", "print JSON")
    .option("--limit <n>", "metrics and jobs to show", limitOf, 20);
  addDataDirOption(analyze).action(async (options: AnalyzeOptions) => {
    const { analyzeStore } = await import("@dmon/tsdb");
    const analysis = analyzeStore(await storeDirOf(options), options.limit);
    process.stdout.write(options.json ? `${JSON.stringify(analysis, undefined, 2)}\n` : analysisText(analysis));
  });
  const verify = tsdb.command("verify").description("reads every byte and decodes every sample; exit code 1 on damage");
  addDataDirOption(verify).action(async (options: DataDirOption) => {
    const { verifyStore } = await import("@dmon/tsdb");
    const { files, packs, samples, tailRecords, problems } = verifyStore(await storeDirOf(options));
    for (const { path, what } of problems) process.stdout.write(`${path}: ${what}\n`);
    const found = problems.length === 0 ? "all whole" : `${problems.length} damaged places`;
    process.stdout.write(`${files} files, ${packs} packs, ${samples} samples, ${tailRecords} log records: ${found}\n`);
    if (problems.length > 0) process.exitCode = 1;
  });
}

/** @throws {DmonError} `bad_argument` */
function limitOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new DmonError("bad_argument", `--limit: ${JSON.stringify(text)} is not a whole number above 0`);
}

function analysisText(analysis: StoreAnalysis): string {
  const { dir, totalBytes, bytesPerRawSample, residentSeries, files, metrics, jobs, labelPairs, labelNames } = analysis;
  const perSample = bytesPerRawSample === undefined ? "" : `, ${bytesPerRawSample.toFixed(2)} bytes a raw sample`;
  const at = (ms: number | undefined): string => (ms === undefined ? "-" : new Date(ms).toISOString().slice(0, 19));
  return [
    `${dir}: ${megabytes(totalBytes)}${perSample}, ${residentSeries} resident series`,
    table(
      ["tier", "file", "size", "packs", "samples", "series", "new", "from", "to"],
      files.map((file) => [
        file.tier,
        file.path.slice(dir.length + 1),
        megabytes(file.sizeBytes),
        file.packs,
        file.samples,
        file.series,
        file.newSeries,
        at(file.minMs),
        at(file.maxMs),
      ]),
    ),
    table(
      ["metric", "series", "samples", "bytes"],
      metrics.map(({ name, series, samples, bytes }) => [name, series, samples, bytes]),
    ),
    table(
      ["job", "series", "samples", "bytes"],
      jobs.map(({ name, series, samples, bytes }) => [name, series, samples, bytes]),
    ),
    table(
      ["label pair", "series"],
      labelPairs.map(({ name, count }) => [name, count]),
    ),
    table(
      ["label", "values"],
      labelNames.map(({ name, count }) => [name, count]),
    ),
    "",
  ].join("\n\n");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** Text left, numbers right. */
function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => String(row[i]).length)));
  const line = (row: readonly (string | number)[]): string =>
    row
      .map((cell, i) => (typeof cell === "number" ? String(cell).padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)].join("\n");
}
