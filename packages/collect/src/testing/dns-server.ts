/** A name server on loopback for tests: answers over UDP from a table. */
import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";

const TYPES = { A: 1, NS: 2, CNAME: 5, MX: 15, AAAA: 28, SRV: 33 } as const;
type RecordType = keyof typeof TYPES;

/** Type and data: an address, a name, or for SRV a port and a name. "SERVFAIL" in place of a list is an error. */
export type Zone = Readonly<Record<string, readonly (readonly [RecordType, string, number?])[] | "SERVFAIL">>;

export interface RunningDnsServer {
  readonly port: number;
  zone: Zone;
  stop(): void;
}

export async function startDnsServer(zone: Zone, port = 0): Promise<RunningDnsServer> {
  const socket = createSocket("udp4");
  const server = { port, zone, stop: () => socket.close() };
  socket.on("message", (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (; query[at] !== 0; at += query[at]! + 1) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]!));
    const type = query.readUInt16BE(at + 1);
    const found = server.zone[labels.join(".").toLowerCase()];
    const records = typeof found === "string" ? [] : (found ?? []).filter(([kind]) => TYPES[kind] === type);
    const code = found === "SERVFAIL" ? 2 : found === undefined ? 3 : 0;
    const head = [query.subarray(0, 2), ...[0x8580 | code, 1, records.length, 0, 0].map(number)];
    const answers = records.map(([kind, text, srvPort]) => {
      const data = dataOf(kind, text, srvPort ?? 0);
      // The owner's name is that of the question, five seconds to live.
      return Buffer.concat([...[0xc00c, TYPES[kind], 1, 0, 5, data.length].map(number), data]);
    });
    socket.send(Buffer.concat([...head, query.subarray(12, at + 5), ...answers]), from.port, from.address);
  });
  socket.bind(port, "127.0.0.1");
  await new Promise<void>((ready) => socket.once("listening", () => ready()));
  server.port = (socket.address() as AddressInfo).port;
  return server;
}

function number(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(value);
  return out;
}

function dataOf(kind: RecordType, text: string, port: number): Buffer {
  if (kind === "A") return Buffer.from(text.split(".").map(Number));
  // Only `::n` is needed.
  if (kind === "AAAA") return Buffer.concat([Buffer.alloc(14), number(Number.parseInt(text.slice(2), 16))]);
  const name = Buffer.concat([
    ...text.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.alloc(1),
  ]);
  if (kind === "SRV") return Buffer.concat([...[1, 1, port].map(number), name]);
  return kind === "MX" ? Buffer.concat([number(10), name]) : name;
}
