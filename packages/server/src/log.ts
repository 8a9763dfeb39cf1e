/** Logs: pino JSON lines, or lines that people read where the output is a terminal. */
import { pino } from "pino";
import type { Config } from "./config/schema.ts";

export type Log = Pick<pino.Logger, "debug" | "info" | "warn" | "error" | "level">;

/** Written synchronously: a line before a crash is worth more than a millisecond. */
export async function createLog(config: Config["log"], stream: NodeJS.WriteStream = process.stderr): Promise<Log> {
  const pretty = config.format === "pretty" || (config.format === "auto" && stream.isTTY);
  const options = { level: config.level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!pretty) return pino(options, pino.destination({ fd: stream.fd, sync: true }));
  const { prettyLines } = await import("./log-pretty.ts");
  return pino(options, prettyLines(stream));
}
