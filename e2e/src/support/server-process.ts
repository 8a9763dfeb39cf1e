/** A real server of the built program in a process of its own, on a free port, over a directory of the test's. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const DMON = fileURLToPath(new URL("../../../packages/cli/bin/dmon.js", import.meta.url));
/** When a test gives up; how long a start may take is the bench's to judge. */
const READY_TIMEOUT_MS = 50_000;
const POLL_MS = 20;

export interface ServerProcess {
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  /** From start to the first `200` of `/-/ready`, ms. */
  readonly readyMs: number;
  /** What it wrote to its log so far. */
  log(): string;
  /** `kill -9`. Resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
}

export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), "dmon-e2e-"));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export function spawnDmon(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [DMON, ...args], {
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export async function startServerProcess(
  options: { dataDir?: string; port?: number; args?: readonly string[] } = {},
): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? newDataDir();
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const startedMs = performance.now();
  const child = spawnDmon(["start", "--listen", `127.0.0.1:${port}`, "--data-dir", dataDir, ...(options.args ?? [])]);
  // Also where a test fails before it stops it: it would go on beside everything that comes after.
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  let output = "";
  child.stdout!.on("data", (chunk) => {
    output += String(chunk);
  });
  child.stderr!.on("data", (chunk) => {
    output += String(chunk);
  });
  const gone = new Promise<number | null>((resolve) => child.once("exit", resolve));
  void gone.then(() => process.off("exit", endWithUs));
  let exited = false;
  void gone.then(() => {
    exited = true;
  });
  while (!(await isReady(url))) {
    if (exited) throw new Error(`the server ended before it was ready:\n${output}`);
    if (performance.now() - startedMs > READY_TIMEOUT_MS) {
      child.kill("SIGKILL");
      throw new Error(`the server was not ready within ${READY_TIMEOUT_MS} ms:\n${output}`);
    }
    await sleep(POLL_MS);
  }
  return {
    url,
    dataDir,
    pid: child.pid!,
    readyMs: performance.now() - startedMs,
    log: () => output,
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
    stop() {
      child.kill("SIGTERM");
      return gone;
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Calls `probe` until it answers something else than undefined. */
export async function until<T>(what: string, probe: () => Promise<T | undefined>, timeoutMs = 15_000): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() > endMs) throw new Error(`gave up waiting for ${what}`);
    await sleep(100);
  }
}

export interface InstantSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** An instant query's vector. */
export async function queryVector(url: string, query: string): Promise<InstantSample[]> {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
  const body = (await response.json()) as { status: string; error?: string; data?: { result: InstantSample[] } };
  if (body.status !== "success") throw new Error(`${query}: ${body.error}`);
  return body.data!.result;
}

export function readCliToken(dataDir: string): string {
  return readFileSync(join(dataDir, "cli.token"), "utf8").trim();
}
