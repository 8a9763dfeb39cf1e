/** Turns pino's JSON lines into `12:00:01 INFO  text key=value`, coloured by severity unless `NO_COLOR` is set. */
import type { LogStream } from "./log.ts";

const LEVELS: Readonly<Record<number, readonly [name: string, colour: string]>> = {
  20: ["DEBUG", "\x1b[2m"],
  30: ["INFO ", "\x1b[36m"],
  40: ["WARN ", "\x1b[33m"],
  50: ["ERROR", "\x1b[31m"],
};

interface LogLine {
  readonly level: number;
  readonly time: string;
  readonly msg?: string;
  readonly [key: string]: unknown;
}

function formatLogLine(line: string, colour: boolean): string {
  const { level, time, msg, ...rest } = JSON.parse(line) as LogLine;
  const [name, start] = LEVELS[level] ?? ["?????", ""];
  const fields = Object.entries(rest).map(([key, value]) => ` ${key}=${fieldText(value)}`);
  const head = colour ? `\x1b[2m${time.slice(11, 19)}\x1b[0m ${start}${name}\x1b[0m` : `${time.slice(11, 19)} ${name}`;
  return `${head} ${msg ?? ""}${fields.join("")}\n`;
}

function fieldText(value: unknown): string {
  if (typeof value === "object" && value !== null && "message" in value) return String(value.message);
  return typeof value === "string" && !/[\s"]/.test(value) ? value : JSON.stringify(value);
}

export function prettyLines(stream: LogStream): { write(line: string): void } {
  const colour = stream.isTTY === true && !process.env.NO_COLOR;
  return { write: (line) => void stream.write(formatLogLine(line, colour)) };
}
