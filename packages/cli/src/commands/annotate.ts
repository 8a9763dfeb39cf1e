/** `dmon annotate`: says on every chart that something happened. */
import { type Annotation, DmonError, isDmonError, parseDuration } from "@dmon/model";
import type { Command } from "commander";
import { askForData, type ServerOptions, withServerOptions } from "../client.ts";

interface AnnotateOptions extends ServerOptions {
  readonly at?: string;
  readonly duration?: string;
  readonly tag?: readonly string[];
  readonly source: string;
}

export function registerAnnotate(program: Command): void {
  withServerOptions(
    program
      .command("annotate")
      .summary("mark a deploy, a restart, … on every chart")
      .description("Adds a mark with a text to every chart of the dashboard.")
      .argument("<text>", "what happened")
      .option("--at <time>", "when: RFC 3339 or Unix seconds (default: now)")
      .option("--duration <duration>", "how long it lasted, e.g. 5m (default: a moment)")
      .option("--tag <tag...>", "tags to find it by")
      .option("--source <source>", "who says so, e.g. deploy", "user")
      .addHelpText("after", "\nExample:\n  dmon annotate 'web 1.4.2 deployed' --tag deploy --tag web"),
  ).action(annotate);
}

async function annotate(text: string, options: AnnotateOptions): Promise<void> {
  if (text.trim() === "") throw new DmonError("bad_argument", "the text is empty: say what happened");
  const atMs = options.at === undefined ? Date.now() : timeOf(options.at);
  const endMs = options.duration === undefined ? undefined : atMs + durationOf(options.duration);
  const body = JSON.stringify({
    atMs,
    ...(endMs === undefined ? {} : { endMs }),
    text,
    tags: options.tag ?? [],
    source: options.source,
  });
  const headers = { "content-type": "application/json" };
  const made = await askForData<Annotation>(options, "/api/v1/annotations", { method: "POST", body, headers });
  process.stdout.write(`annotation ${made.id} at ${new Date(made.atMs).toISOString()}\n`);
}

function timeOf(text: string): number {
  const atMs = /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : Date.parse(text);
  if (Number.isNaN(atMs))
    throw new DmonError("bad_argument", `--at: ${JSON.stringify(text)} is neither RFC 3339 nor Unix seconds`);
  return atMs;
}

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!isDmonError(error)) throw error;
    throw new DmonError("bad_argument", `--duration: ${error.message}`);
  }
}
