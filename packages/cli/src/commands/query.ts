/** `dmon query`: PromQL against a running server. */
import { type ApiQueryData, DmonError, isDmonError, parseDuration } from "@dmon/model";
import { type Command, Option } from "commander";
import { askServer, type ServerOptions, withServerOptions } from "../client.ts";

interface RangeOptions {
  readonly time?: string;
  readonly range?: string;
  readonly start?: string;
  readonly end?: string;
  readonly step?: string;
}

interface QueryOptions extends ServerOptions, RangeOptions {
  readonly output: "table" | "json" | "csv" | "plot";
  /** False by --no-color. */
  readonly color: boolean;
}

/** A plot or table of a range has about as many points as a terminal has columns. */
const DEFAULT_POINTS = 100;

export function registerQuery(program: Command): void {
  withServerOptions(
    program
      .command("query")
      .summary("ask a running server in PromQL")
      .description(
        "Asks a running server in PromQL: at one instant, or over a range with --range or --start and --end.",
      )
      .argument("<expression>", "PromQL")
      .option("--time <time>", "instant to ask for, or end of a range: RFC 3339 or Unix seconds (default: now)")
      .option("--range <duration>", "the last so much time, e.g. 15m")
      .option("--start <time>", "begin of a range: RFC 3339 or Unix seconds")
      .option("--end <time>", "end of a range, like --time (default: now)")
      .option("--step <duration>", "distance of the points of a range (default: a hundredth of it)")
      .addOption(
        new Option("-o, --output <form>", "form of the answer")
          .choices(["table", "json", "csv", "plot"])
          .default("table"),
      )
      .option("--no-color", "a plot without colours (also with NO_COLOR in the environment)")
      .addHelpText(
        "after",
        "\nExamples:\n  dmon query node_load1\n  dmon query 'rate(node_cpu_seconds_total{mode=\"user\"}[1m])' --range 15m -o plot",
      ),
  ).action(query);
}

async function query(expression: string, options: QueryOptions): Promise<void> {
  const range = rangeOf(options, Date.now());
  const body = new URLSearchParams({ query: expression });
  if (range === undefined) {
    if (options.time !== undefined) body.set("time", String(timeArgument("--time", options.time) / 1000));
  } else {
    body.set("start", String(range.startMs / 1000));
    body.set("end", String(range.endMs / 1000));
    body.set("step", String(range.stepMs / 1000));
  }
  const path = range === undefined ? "/api/v1/query" : "/api/v1/query_range";
  const answer = await askServer<ApiQueryData>(options, path, { method: "POST", body });
  if (options.output === "json") {
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    if (answer.status === "error") process.exitCode = 1;
    return;
  }
  if (answer.status === "error") throw new DmonError(answer.code ?? "server_refused", answer.error);
  for (const text of [...(answer.warnings ?? []), ...(answer.infos ?? [])]) process.stderr.write(`${text}\n`);
  const { data } = answer;
  if (options.output === "plot") return plot(data, range, options.color);
  const { csvText, tableText } = await import("../query/render.ts");
  process.stdout.write(options.output === "csv" ? csvText(data) : tableText(data));
}

async function plot(data: ApiQueryData, range: Range | undefined, wantsColor: boolean): Promise<void> {
  if (data.resultType !== "matrix" || range === undefined) {
    throw new DmonError("bad_argument", "a plot needs a range: give --range 15m, or --start and --end");
  }
  const [{ plotText }, { colorDepth }] = await Promise.all([import("../query/plot.ts"), import("../top/theme.ts")]);
  const { columns = 80, rows = 24, isTTY } = process.stdout;
  const depth = colorDepth(process.env, isTTY, wantsColor);
  const height = Math.max(8, Math.min(20, rows - 8));
  process.stdout.write(plotText(data.result, { ...range, width: columns, height, depth }));
}

/** Both ends inclusive. */
interface Range {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** @throws {DmonError} `bad_argument` */
export function rangeOf({ time, range, start, end, step }: RangeOptions, nowMs: number): Range | undefined {
  if (range === undefined && start === undefined) {
    if (end !== undefined || step !== undefined)
      throw new DmonError("bad_argument", "--end and --step need --start or --range");
    return undefined;
  }
  if (time !== undefined && end !== undefined)
    throw new DmonError("bad_argument", "--time and --end both say where the range ends: give one of them");
  if (range !== undefined && start !== undefined)
    throw new DmonError("bad_argument", "--range and --start both say where the range begins: give one of them");
  const endMs =
    end !== undefined ? timeArgument("--end", end) : time !== undefined ? timeArgument("--time", time) : nowMs;
  const startMs =
    start === undefined ? endMs - durationArgument("--range", range ?? "0") : timeArgument("--start", start);
  if (startMs > endMs) throw new DmonError("bad_argument", "the range ends before it begins");
  const stepMs =
    step === undefined
      ? Math.max(1000, Math.ceil((endMs - startMs) / DEFAULT_POINTS / 1000) * 1000)
      : durationArgument("--step", step);
  return { startMs, endMs, stepMs };
}

function timeArgument(name: string, text: string): number {
  const atMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(atMs))
    throw new DmonError("bad_argument", `${name}: ${JSON.stringify(text)} is neither RFC 3339 nor Unix seconds`);
  return atMs;
}

function durationArgument(name: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!isDmonError(error)) throw error;
    throw new DmonError("bad_argument", `${name}: ${error.message}`);
  }
}
