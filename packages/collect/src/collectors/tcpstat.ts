/**
 * TCP connections by state, and bytes in their queues: reads `/proc/net/tcp` and `/proc/net/tcp6`. Off by default, because
 * the kernel walks all sockets for it.
 *
 * Source: the kernel's Documentation/networking/proc_net_tcp.rst, states of include/net/tcp_states.h.
 */
import type { CollectorFactory, Host, OptionsOf } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";
import { slowly } from "../slowly.ts";

const COLON = 58;
/** By the kernel's number. */
const STATES = [
  "",
  "established",
  "syn_sent",
  "syn_recv",
  "fin_wait1",
  "fin_wait2",
  "time_wait",
  "close",
  "close_wait",
  "last_ack",
  "listen",
  "closing",
];

const options = {
  everySeconds: { default: 5, describe: "Seconds between two walks over all sockets." },
} as const;

interface Totals {
  readonly byState: Map<string, number>;
  transmitBytes: number;
  receiveBytes: number;
}

export const tcpstat: CollectorFactory<OptionsOf<typeof options>> = {
  name: "tcpstat",
  defaultEnabled: false,
  options,

  create(host, registry, { everySeconds }) {
    const states = registry.family("node_tcp_connection_states", "Number of connection states.", "gauge", ["state"]);
    return slowly(everySeconds * 1000, (hold) => {
      const totals: Totals = { byState: new Map(), transmitBytes: 0, receiveBytes: 0 };
      for (const file of ["tcp", "tcp6"]) addTable(host, file, totals);
      for (const [state, count] of totals.byState) hold(states, count, state);
      hold(states, totals.receiveBytes, "rx_queued_bytes");
      hold(states, totals.transmitBytes, "tx_queued_bytes");
    }).collect;
  },
};

function addTable(host: Host, file: string, totals: Totals): void {
  const bytes = host.readOnce(`${host.procNetPath()}/${file}`);
  if (bytes === undefined) return;
  const scanner = new ByteScanner().over(bytes);
  scanner.nextLine();
  while (!scanner.atEnd) {
    // `sl local remote st tx:rx …`
    scanner.skipFields(3);
    const state = STATES[scanner.hex()];
    const transmit = scanner.hex();
    scanner.skipPast(COLON);
    const receive = scanner.hex();
    if (state !== undefined && state !== "") {
      totals.byState.set(state, (totals.byState.get(state) ?? 0) + 1);
      totals.transmitBytes += transmit;
      totals.receiveBytes += receive;
    }
    scanner.nextLine();
  }
}
