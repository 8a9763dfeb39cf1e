/**
 * Protocol counters: reads `/proc/net/netstat`, `/proc/net/snmp` and `/proc/net/snmp6`; the fields that match.
 *
 * The first two hold pairs of lines, names above values, both beginning with the protocol; the third a name and a value a
 * line. Source: the kernel's Documentation/networking/snmp_counter.rst.
 */
import type { BatchWriter, Collect, CollectorFactory, HostFile, OptionsOf, Slot } from "../collector.ts";
import { asciiText, ByteScanner } from "../host/bytes.ts";
import { NOT_WANTED, WantedLines } from "../host/wanted-lines.ts";
import { compilePattern } from "../pattern.ts";

const NEWLINE = 10;
/** The file of IPv6 takes the kernel long, and most machines do not speak it: after so many readings that gave nothing new… */
const READINGS_BEFORE_REST = 10;
/** …it is read at every such pass, until something moves. */
const RESTING_STRIDE = 5;
const SNMP6_NAME = /^(Ip6|Icmp6|Udp6|UdpLite6)(.+)$/;

const options = {
  fields: {
    default:
      "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$",
    describe: "Fields to emit, as <protocol>_<name>.",
    isPattern: true,
  },
} as const;

/** Makes the slot of a field, or NOT_WANTED. */
type SlotOf = (protocol: string, name: string) => Slot;

export const netstat: CollectorFactory<OptionsOf<typeof options>> = {
  name: "netstat",
  defaultEnabled: true,
  options,

  create(host, registry, { fields }) {
    const wanted = compilePattern(fields);
    const slotOf: SlotOf = (protocol, name) =>
      wanted(`${protocol}_${name}`)
        ? registry.untyped(`node_netstat_${protocol}_${name}`, `Statistic ${protocol}${name}.`)
        : NOT_WANTED;
    const parts = [
      pairsOfLines(host.procNet("netstat"), slotOf),
      pairsOfLines(host.procNet("snmp"), slotOf),
      namesAndValues(host.procNet("snmp6"), slotOf),
    ];
    return (batch) => {
      for (const part of parts) part(batch);
    };
  },
};

interface Pair {
  /** Of the line of names, with its newline. */
  readonly headerLength: number;
  /** By column; NOT_WANTED where left out, cut after the last one wanted. */
  readonly slots: readonly Slot[];
}

/** The kernel's names do not change while it runs, so the lines of names are known again by their length. */
function pairsOfLines(file: HostFile, slotOf: SlotOf): Collect {
  const scanner = new ByteScanner();
  let pairs: Pair[] = [];

  function learn(bytes: Uint8Array): void {
    const lines = asciiText(bytes).split("\n");
    pairs = [];
    for (let i = 0; i + 1 < lines.length; i += 2) {
      const [protocol = "", ...names] = lines[i]!.trim().split(/\s+/);
      const slots = names.map((name) => slotOf(protocol.replace(":", ""), name));
      while (slots.at(-1) === NOT_WANTED) slots.pop();
      pairs.push({ headerLength: lines[i]!.length + 1, slots });
    }
  }

  function write(bytes: Uint8Array, batch: BatchWriter): boolean {
    scanner.over(bytes);
    for (const { headerLength, slots } of pairs) {
      const start = scanner.pos;
      if (bytes[start + headerLength - 1] !== NEWLINE) return false;
      scanner.pos = start + headerLength;
      scanner.field();
      for (const slot of slots) {
        if (slot === NOT_WANTED) scanner.field();
        else batch.set(slot, scanner.number());
      }
      scanner.nextLine();
    }
    return scanner.atEnd;
  }

  return (batch) => {
    const bytes = file.tryRead();
    if (bytes === undefined || (pairs.length > 0 && write(bytes, batch))) return;
    learn(bytes);
    write(bytes, batch);
  };
}

function namesAndValues(file: HostFile, slotOf: SlotOf): Collect {
  const lines = new WantedLines((name) => {
    const match = SNMP6_NAME.exec(name);
    return match === null ? NOT_WANTED : slotOf(match[1]!, match[2]!);
  });
  let pass = 0;
  let isPresent = false;
  return (batch) => {
    const rests = isPresent && lines.unchangedReadings > READINGS_BEFORE_REST && ++pass % RESTING_STRIDE !== 0;
    if (!rests) {
      // Missing where IPv6 is switched off.
      const bytes = file.tryRead();
      isPresent = bytes !== undefined;
      if (bytes !== undefined && !lines.take(bytes)) lines.learn(bytes);
    }
    if (isPresent) lines.write(batch);
  };
}
