/** Starts the shipped program, or a peer, for a scenario, waits until it answers, and stops it for certain. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Program {
  readonly pid: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** From the start of the process to the first good answer, ms of wall time. */
  readonly readyMs: number;
  /** What a request that changes something must carry. */
  readonly headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("BUG: no port");
  return address.port;
}

/** `dmon start` with the compiled program, as a user runs it. */
export async function startDmon(root: string, dataDir: string, extra: readonly string[] = []): Promise<Program> {
  const port = await freePort();
  const bin = join(root, "packages/cli/bin/dmon.js");
  const args = [bin, "start", "--listen", `127.0.0.1:${port}`, "--data-dir", dataDir, ...extra];
  const program = await start(process.execPath, args, port, "/-/ready");
  const token = readFileSync(join(dataDir, "cli.token"), "utf8").trim();
  return { ...program, headers: { Authorization: `Bearer ${token}` } };
}

/**
 * @param readyPath asked until it answers 200
 * @throws where the program ends, or does not answer within 20 s; the message carries what it printed
 */
export async function start(file: string, args: readonly string[], port: number, readyPath: string): Promise<Program> {
  const startedMs = performance.now();
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: productEnvironment() });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      printed = (printed + chunk).slice(-4000);
    });
  }
  const failed = once(child, "error").then(([error]: unknown[]) => String(error));
  failed.catch(() => undefined);
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url + readyPath))) {
    const ended = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
    if (ended || performance.now() - startedMs > 20_000) {
      await stop(child);
      throw new Error(
        `${file} ${args.join(" ")} did not become ready:\n${child.pid === undefined ? await failed : printed}`,
      );
    }
    await sleep(5);
  }
  return { pid: child.pid!, url, readyMs: performance.now() - startedMs, headers: {}, stop: () => stop(child) };
}

/** The environment without what the harness itself runs with: the product runs compiled code, without conditions. */
function productEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, ...rest } = process.env;
  return rest;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(timer);
}
