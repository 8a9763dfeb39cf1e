/**
 * The NFS server's work: reads `/proc/net/rpc/nfsd`.
 *
 * Source: nfsstat(8), the kernel's fs/nfsd/stats.c.
 */
import type { CollectorFactory } from "../collector.ts";
import { readText } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";
import { PROCEDURES_V2, PROCEDURES_V3, SERVER_V4 } from "./nfs-procedures.ts";
import { counted, parseRpcStats } from "./rpc-stats.ts";

const EVERY_MS = 2000;
const VERSIONS = [
  ["2", "proc2", PROCEDURES_V2],
  ["3", "proc3", PROCEDURES_V3],
  ["4", "proc4ops", SERVER_V4],
] as const;
const NOT_SHOWN = new Set(["-", "Null"]);
/** Place of "not found" on the line `ra`: after the size and ten depths. */
const NOT_FOUND = 11;

export const nfsd: CollectorFactory = {
  name: "nfsd",
  defaultEnabled: true,

  create(host, registry) {
    const path = `${host.procNetPath()}/rpc/nfsd`;
    if (!host.exists(path)) return undefined;
    const family = (type: "gauge" | "counter", name: string, help: string, ...labels: string[]) =>
      registry.family(`node_nfsd_${name}`, help, type, labels);
    const counter = (name: string, help: string, ...labels: string[]) =>
      family("counter", `${name}_total`, help, ...labels);
    const hits = counter("reply_cache_hits", "Total number of NFSd Reply Cache hits (client lost server response).");
    const misses = counter(
      "reply_cache_misses",
      "Total number of NFSd Reply Cache an operation that requires caching (idempotent).",
    );
    const uncached = counter(
      "reply_cache_nocache",
      "Total number of NFSd Reply Cache non-idempotent operations (rename/delete/…).",
    );
    const stale = counter("file_handles_stale", "Total number of NFSd stale file handles");
    const read = counter("disk_bytes_read", "Total NFSd bytes read.");
    const written = counter("disk_bytes_written", "Total NFSd bytes written.");
    const threads = family("gauge", "server_threads", "Total number of NFSd kernel threads that are running.");
    const readAhead = family("gauge", "read_ahead_cache_size_blocks", "How large the read ahead cache is in blocks.");
    const notFound = counter("read_ahead_cache_not_found", "Total number of NFSd read ahead cache not found.");
    const packets = counter("packets", "Total NFSd network packets (sent+received) by protocol type.", "proto");
    const connections = counter("connections", "Total number of NFSd TCP connections.");
    const errors = counter("rpc_errors", "Total number of NFSd RPC errors by error type.", "error");
    const rpcs = counter("server_rpcs", "Total number of NFSd RPCs.");
    const requests = counter("requests", "Total number NFSd Requests by method and protocol.", "proto", "method");

    return slowly(EVERY_MS, (hold) => {
      const stats = parseRpcStats(readText(host, path) ?? "");
      const numbers = (line: string) => stats.get(line) ?? [];
      const [replyHits = 0, replyMisses = 0, replyUncached = 0] = numbers("rc");
      const [bytesRead = 0, bytesWritten = 0] = numbers("io");
      const [, udp = 0, tcp = 0, tcpConnections = 0] = numbers("net");
      const [calls = 0, , badFormat = 0, badAuth = 0, badClient = 0] = numbers("rpc");
      hold(hits, replyHits);
      hold(misses, replyMisses);
      hold(uncached, replyUncached);
      hold(stale, numbers("fh")[0] ?? 0);
      hold(read, bytesRead);
      hold(written, bytesWritten);
      hold(threads, numbers("th")[0] ?? 0);
      hold(readAhead, numbers("ra")[0] ?? 0);
      hold(notFound, numbers("ra")[NOT_FOUND] ?? 0);
      hold(packets, udp, "udp");
      hold(packets, tcp, "tcp");
      hold(connections, tcpConnections);
      hold(errors, badFormat, "fmt");
      hold(errors, badAuth, "auth");
      hold(errors, badClient, "cInt");
      hold(rpcs, calls);
      for (const [version, line, names] of VERSIONS) {
        counted(stats, line).forEach((value, i) => {
          const name = names[i];
          if (name !== undefined && !NOT_SHOWN.has(name)) hold(requests, value, version, name);
        });
      }
      const [delegations] = numbers("wdeleg_getattr");
      if (delegations !== undefined) hold(requests, delegations, "4", "WdelegGetattr");
    }).collect;
  },
};
