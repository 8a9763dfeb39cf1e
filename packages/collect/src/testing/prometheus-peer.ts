/** A real Prometheus beside ours, for tests: found by PROMETHEUS_BIN or on the PATH, started on a free port in a directory of its own. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export function findPrometheus(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const given = env.PROMETHEUS_BIN;
  if (given !== undefined && given !== "") return existsSync(given) ? given : undefined;
  return (env.PATH ?? "")
    .split(delimiter)
    .map((dir) => join(dir, "prometheus"))
    .find((path) => existsSync(path));
}

export interface RunningPrometheus {
  readonly url: string;
  /** To be changed before a reload (`--web.enable-lifecycle`). */
  readonly configFile: string;
  stop(): Promise<void>;
}

/**
 * @param config prometheus.yml; `PORT` in it becomes the port of the server itself
 * @param dataDir where it keeps its samples; of its own and removed at the end unless given
 */
export async function startPrometheus(
  binary: string,
  config: string,
  flags: readonly string[] = [],
  dataDir?: string,
): Promise<RunningPrometheus> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), "dmon-prometheus-"));
  writeFileSync(join(dir, "prometheus.yml"), config.replaceAll("PORT", String(port)));
  const child = spawn(binary, [
    `--config.file=${join(dir, "prometheus.yml")}`,
    `--storage.tsdb.path=${dataDir ?? join(dir, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--log.level=warn",
    ...flags,
  ]);
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`prometheus ended: ${log}`);
    const ready = await fetch(`${url}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  return {
    url,
    configFile: join(dir, "prometheus.yml"),
    async stop() {
      child.kill();
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  await new Promise<void>((done) => server.close(() => done()));
  return typeof address === "object" && address !== null ? address.port : 0;
}
