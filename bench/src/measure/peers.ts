/**
 * Finds the binaries of peers: an environment variable (`PROMETHEUS_BIN`), a folder (`PEERS_DIR`), then `PATH`.
 * A peer that is not there is no fault: its column stays empty.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const PEERS = {
  prometheus: { variable: "PROMETHEUS_BIN", file: "prometheus" },
  nodeExporter: { variable: "NODE_EXPORTER_BIN", file: "prometheus-node-exporter" },
  victoriaMetrics: { variable: "VICTORIA_METRICS_BIN", file: "victoria-metrics" },
} as const;

export type Peer = keyof typeof PEERS;

export function findPeer(peer: Peer): string | undefined {
  const { variable, file } = PEERS[peer];
  const folders = [process.env.PEERS_DIR ?? "", ...(process.env.PATH ?? "").split(delimiter)];
  const candidates = [process.env[variable] ?? "", ...folders.filter(Boolean).map((folder) => join(folder, file))];
  return candidates.find((path) => path !== "" && isExecutable(path));
}

/** For a row's `skipped`. */
export function missingPeer(peer: Peer): string {
  const { variable, file } = PEERS[peer];
  return `${file} was not found (${variable}, PEERS_DIR, PATH)`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
