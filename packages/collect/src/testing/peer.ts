/**
 * A real node_exporter beside ours: started on a free port over the same trees, asked once, compared.
 *
 * The binary is that of NODE_EXPORTER_BIN, else `node_exporter` or `prometheus-node-exporter` on the PATH.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import type { HostPaths } from "../host/host.ts";
import type { ReadFamily } from "./exposition-text.ts";

const NAMES = ["node_exporter", "prometheus-node-exporter"];

/** The path of a node_exporter; undefined where there is none. */
export function findNodeExporter(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const given = env.NODE_EXPORTER_BIN;
  if (given !== undefined && given !== "") return given;
  return findOnPath(...NAMES);
}

/** The path of the first program of these names; undefined where there is none. */
export function findOnPath(...names: readonly string[]): string | undefined {
  const dirs = (process.env.PATH ?? "").split(delimiter);
  return dirs.flatMap((dir) => names.map((name) => join(dir, name))).find((path) => existsSync(path));
}

/** Runs `ask` while a node_exporter listens; it is given a function that scrapes once. */
export async function withNodeExporter<T>(
  binary: string,
  paths: HostPaths,
  flags: readonly string[],
  ask: (scrape: () => Promise<string>) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  const child = spawn(binary, [
    `--web.listen-address=127.0.0.1:${port}`,
    `--path.procfs=${paths.procfs}`,
    `--path.sysfs=${paths.sysfs}`,
    `--path.rootfs=${paths.rootfs}`,
    `--path.udev.data=${join(paths.rootfs, "run/udev/data")}`,
    ...flags,
  ]);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    const url = `http://127.0.0.1:${port}/metrics`;
    await untilReady(url, child);
    return await ask(async () => (await fetch(url)).text());
  } finally {
    child.kill();
    await exited;
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`node_exporter ended: ${stderr}`);
    const answered = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Families that are node_exporter's own affair. */
const ITS_OWN = /^(go_|process_|promhttp_|node_scrape_collector_|node_exporter_build_info)/;

export interface Tolerance {
  /** Relative to the larger of the two values. */
  readonly ratio: number;
  /** In the metric's unit. */
  readonly absolute: number;
}

/**
 * What the peer says and we do not, or say differently: one line each, empty where we agree. What we say beyond the peer is
 * not a difference.
 *
 * @param toleranceOf by metric; undefined where the values are not to be compared
 */
export function differences(
  peer: ReadonlyMap<string, ReadFamily>,
  ours: ReadonlyMap<string, ReadFamily>,
  toleranceOf: (metric: string) => Tolerance | undefined,
): string[] {
  const out: string[] = [];
  for (const [name, family] of peer) {
    if (ITS_OWN.test(name)) continue;
    const own = ours.get(name);
    if (own === undefined) {
      out.push(`${name}: missing (${family.samples.size} series, ${family.type}, ${family.help})`);
      continue;
    }
    if (own.type !== family.type) out.push(`${name}: type ${own.type}, theirs ${family.type}`);
    if (own.help !== family.help) out.push(`${name}: help ${own.help}, theirs ${family.help}`);
    const tolerance = toleranceOf(name);
    for (const [series, value] of family.samples) {
      const mine = own.samples.get(series);
      if (mine === undefined) out.push(`${series}: missing (theirs ${value})`);
      else if (tolerance !== undefined && !close(mine, value, tolerance))
        out.push(`${series}: ${mine}, theirs ${value}`);
    }
  }
  return out;
}

/** Series of ours that the peer does not have, within families that it has. */
export function surplus(peer: ReadonlyMap<string, ReadFamily>, ours: ReadonlyMap<string, ReadFamily>): string[] {
  const out: string[] = [];
  for (const [name, family] of ours) {
    const theirs = peer.get(name);
    if (ITS_OWN.test(name) || theirs === undefined) continue;
    for (const series of family.samples.keys()) if (!theirs.samples.has(series)) out.push(series);
  }
  return out;
}

function close(a: number, b: number, { ratio, absolute }: Tolerance): boolean {
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= Math.max(absolute, ratio * Math.max(Math.abs(a), Math.abs(b)));
}
