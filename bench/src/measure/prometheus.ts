/** Starts Prometheus as a peer: an empty store that takes remote write, with what to scrape where that is given. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, type Program, start } from "./program.ts";

/** @param target `HOST:PORT` to scrape every second */
export async function startPrometheus(binary: string, folder: string, target?: string): Promise<Program> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "prometheus.yml");
  const jobs = target === undefined ? "" : `{ job_name: node, static_configs: [{ targets: ["${target}"] }] }`;
  writeFileSync(config, `global: { scrape_interval: 1s }\nscrape_configs: [${jobs}]\n`);
  const port = await freePort();
  const options = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.enable-remote-write-receiver",
  ];
  return start(binary, options, port, "/-/ready");
}
