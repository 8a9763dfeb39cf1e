/** Logs: pino JSON lines, or lines that people read where the output is a terminal. */
import { pino } from "pino";
import type { Config } from "./config/schema.ts";

type Write = (fields: object, message: string) => void;

/** What this package needs of pino. */
export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  /** Least severe level that is written; may be set. */
  level: string;
}

export interface LogStream {
  readonly fd: number;
  readonly isTTY?: boolean;
  write(line: string): unknown;
}

/** Written synchronously: a line before a crash is worth more than a millisecond. */
export async function createLog(config: Config["log"], stream: LogStream = process.stderr): Promise<{ log: Log }> {
  const pretty = config.format === "pretty" || (config.format === "auto" && stream.isTTY === true);
  const options = { level: config.level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!pretty) return { log: pino(options, pino.destination({ fd: stream.fd, sync: true })) };
  const { prettyLines } = await import("./log-pretty.ts");
  return { log: pino(options, prettyLines(stream)) };
}
