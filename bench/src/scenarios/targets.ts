/**
 * A large fleet: the real program scrapes ten thousand targets every 15 s, which live in a process of their own, and whether each
 * is asked when it should be.
 *
 * With `--quick` two thousand at 3 s: as many scrapes a second. Lateness is how far the time between two scrapes of a target is
 * from the interval, as the target itself saw it.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { usageOf } from "../measure/process-usage.ts";
import { startDmon } from "../measure/program.ts";
import type { TargetServerMessage } from "../measure/target-server.ts";
import type { Row, Scenario } from "../scenario.ts";

const SERIES_OF_TARGET = 5;

export const targets: Scenario = {
  name: "targets",
  summary: "10,000 targets at 15 s (--quick: 2,000 at 3 s): whether each is scraped on time, CPU a scrape, memory",
  async run(context) {
    const [count, intervalMs] = context.quick ? [2000, 3000] : [10_000, 15_000];
    const server = fork(fileURLToPath(new URL("../measure/target-server.ts", import.meta.url)), [
      String(SERIES_OF_TARGET),
    ]);
    try {
      const { port } = await messageOf(server, "port");
      const config = join(context.scratch, "dmon.yml");
      writeFileSync(config, configOf(port, count, intervalMs));
      const program = await startDmon(context.root, join(context.scratch, "data"), ["--config", config]);
      try {
        // Two rounds: in the first each target's series are met, and code is compiled.
        await sleep(2 * intervalMs);
        const fromMs = performance.now();
        const before = usageOf(program.pid);
        await sleep(4 * intervalMs);
        const after = usageOf(program.pid);
        const seconds = (performance.now() - fromMs) / 1000;
        server.send("report");
        const { times } = await messageOf(server, "times");
        return rowsOf(times, count, intervalMs, {
          cpuSeconds: after.cpuSeconds - before.cpuSeconds,
          seconds,
          residentBytes: after.residentBytes,
        });
      } finally {
        await program.stop();
      }
    } finally {
      server.disconnect();
      await once(server, "exit");
    }
  },
};

function configOf(port: number, count: number, intervalMs: number): string {
  const groups = Array.from(
    { length: count },
    (_, i) => `      - { targets: ["127.0.0.1:${port}"], labels: { __param_target: "${i}", n: "${i}" } }`,
  );
  return [
    "scrape_configs:",
    "  - job_name: fleet",
    `    scrape_interval: ${intervalMs / 1000}s`,
    `    scrape_timeout: ${intervalMs / 1000}s`,
    "    static_configs:",
    ...groups,
    "",
  ].join("\n");
}

async function messageOf<K extends "port" | "times">(
  server: ChildProcess,
  key: K,
): Promise<Extract<TargetServerMessage, Record<K, unknown>>> {
  for (;;) {
    const [message] = (await once(server, "message")) as [TargetServerMessage];
    if (key in message) return message as Extract<TargetServerMessage, Record<K, unknown>>;
  }
}

function rowsOf(
  times: Readonly<Record<string, readonly number[]>>,
  count: number,
  intervalMs: number,
  { cpuSeconds, seconds, residentBytes }: { cpuSeconds: number; seconds: number; residentBytes: number },
): readonly Row[] {
  const late: number[] = [];
  let asked = 0;
  for (const of of Object.values(times)) {
    // The first round is not judged: all connections are made in it.
    for (let i = 2; i < of.length; i++) late.push(Math.abs(of[i]! - of[i - 1]! - intervalMs));
    if (of.length > 2) asked++;
  }
  late.sort((a, b) => a - b);
  const at = (share: number): number => late[Math.min(late.length - 1, Math.floor(share * late.length))] ?? Number.NaN;
  const scrapes = (count / intervalMs) * 1000 * seconds;
  return [
    {
      name: "targets.late",
      value: at(0.99),
      unit: "ms",
      note: `p99; median ${at(0.5).toFixed(0)}, worst ${at(1).toFixed(0)}`,
    },
    { name: "targets.missed", value: count - asked, unit: "targets", note: `of ${count}` },
    {
      name: "targets.cpu",
      value: (cpuSeconds * 1000) / scrapes,
      unit: "ms",
      note: `a scrape of ${SERIES_OF_TARGET} series`,
    },
    { name: "targets.rss", value: residentBytes / 2 ** 20, unit: "MiB" },
  ];
}
