/**
 * Bytes that wait in the queues of all UDP sockets: reads `/proc/net/udp` and `/proc/net/udp6`.
 *
 * The kernel walks its whole socket table for each of them, so they are read every few seconds.
 * Source: the kernel's Documentation/networking/proc_net_tcp.rst.
 */
import type { CollectorFactory, Family, Host } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";
import { type Hold, slowly } from "../slowly.ts";

const EVERY_MS = 5000;
const COLON = 58;

export const udpQueues: CollectorFactory = {
  name: "udp_queues",
  defaultEnabled: true,

  create(host, registry) {
    const queues = registry.family(
      "node_udp_queues",
      "Number of allocated memory in the kernel for UDP datagrams in bytes.",
      "gauge",
      ["queue", "ip"],
    );
    return slowly(EVERY_MS, (hold) => {
      holdQueues(host, "udp", "v4", queues, hold);
      holdQueues(host, "udp6", "v6", queues, hold);
    }).collect;
  },
};

function holdQueues(host: Host, file: string, ip: string, queues: Family, hold: Hold): void {
  const bytes = host.readOnce(`${host.procNetPath()}/${file}`);
  if (bytes === undefined) return;
  const scanner = new ByteScanner().over(bytes);
  let transmit = 0;
  let receive = 0;
  scanner.nextLine();
  while (!scanner.atEnd) {
    // `sl local rem st tx:rx …`
    scanner.skipFields(4);
    const tx = scanner.hex();
    scanner.skipPast(COLON);
    const rx = scanner.hex();
    if (!Number.isNaN(tx) && !Number.isNaN(rx)) {
      transmit += tx;
      receive += rx;
    }
    scanner.nextLine();
  }
  hold(queues, transmit, "tx", ip);
  hold(queues, receive, "rx", ip);
}
