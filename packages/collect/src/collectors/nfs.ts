/**
 * The NFS client's calls: reads `/proc/net/rpc/nfs`.
 *
 * Source: nfsstat(8), the kernel's net/sunrpc/stats.c.
 */
import type { CollectorFactory } from "../collector.ts";
import { readText } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";
import { CLIENT_V4, PROCEDURES_V2, PROCEDURES_V3 } from "./nfs-procedures.ts";
import { counted, parseRpcStats } from "./rpc-stats.ts";

const EVERY_MS = 2000;
const VERSIONS = [
  ["2", "proc2", PROCEDURES_V2],
  ["3", "proc3", PROCEDURES_V3],
  ["4", "proc4", CLIENT_V4],
] as const;

export const nfs: CollectorFactory = {
  name: "nfs",
  defaultEnabled: true,

  create(host, registry) {
    const path = `${host.procNetPath()}/rpc/nfs`;
    if (!host.exists(path)) return undefined;
    const counter = (name: string, help: string, ...labels: string[]) =>
      registry.family(`node_nfs_${name}_total`, help, "counter", labels);
    const packets = counter("packets", "Total NFSd network packets (sent+received) by protocol type.", "protocol");
    const connections = counter("connections", "Total number of NFSd TCP connections.");
    const rpcs = counter("rpcs", "Total number of RPCs performed.");
    const retransmissions = counter("rpc_retransmissions", "Number of RPC transmissions performed.");
    const refreshes = counter("rpc_authentication_refreshes", "Number of RPC authentication refreshes performed.");
    const requests = counter("requests", "Number of NFS procedures invoked.", "proto", "method");

    return slowly(EVERY_MS, (hold) => {
      const stats = parseRpcStats(readText(host, path) ?? "");
      const [, udp = 0, tcp = 0, tcpConnections = 0] = stats.get("net") ?? [];
      const [calls = 0, retransmitted = 0, refreshed = 0] = stats.get("rpc") ?? [];
      hold(packets, udp, "udp");
      hold(packets, tcp, "tcp");
      hold(connections, tcpConnections);
      hold(rpcs, calls);
      hold(retransmissions, retransmitted);
      hold(refreshes, refreshed);
      for (const [version, line, names] of VERSIONS) {
        counted(stats, line).forEach((value, i) => {
          const name = names[i];
          if (name !== undefined) hold(requests, value, version, name);
        });
      }
    }).collect;
  },
};
