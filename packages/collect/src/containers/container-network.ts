/**
 * Traffic of a container: its first process' view of the interfaces, where it has a network namespace of its own.
 *
 * Containers of one pod share a namespace; the first of them that is met speaks for it, so that sums are right.
 * Sources: proc_pid_net(5), network_namespaces(7).
 */
import type { Host, HostFile } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";

export interface InterfaceTraffic {
  receivedBytes: number;
  receivedPackets: number;
  receiveErrors: number;
  receiveDrops: number;
  sentBytes: number;
  sentPackets: number;
  sendErrors: number;
  sendDrops: number;
}

export type TrafficByInterface = Map<string, InterfaceTraffic>;

const COLON = 58;
const scan = new ByteScanner();

/** `/proc/[pid]/net/dev`, without the loopback. Overwrites what `out` holds of the same interfaces. */
function parseNetDev(bytes: Uint8Array, out: TrafficByInterface): void {
  scan.over(bytes);
  scan.nextLine();
  scan.nextLine();
  for (; !scan.atEnd; scan.nextLine()) {
    scan.skipBlanks();
    const start = scan.pos;
    if (!scan.skipPast(COLON)) continue;
    const name = new TextDecoder().decode(bytes.subarray(start, scan.pos - 1));
    if (name === "lo") continue;
    let traffic = out.get(name);
    if (traffic === undefined) {
      traffic = emptyTraffic();
      out.set(name, traffic);
    }
    traffic.receivedBytes = scan.number();
    traffic.receivedPackets = scan.number();
    traffic.receiveErrors = scan.number();
    traffic.receiveDrops = scan.number();
    scan.skipFields(4);
    traffic.sentBytes = scan.number();
    traffic.sentPackets = scan.number();
    traffic.sendErrors = scan.number();
    traffic.sendDrops = scan.number();
  }
}

function emptyTraffic(): InterfaceTraffic {
  return {
    receivedBytes: 0,
    receivedPackets: 0,
    receiveErrors: 0,
    receiveDrops: 0,
    sentBytes: 0,
    sentPackets: 0,
    sendErrors: 0,
    sendDrops: 0,
  };
}

/** Which container speaks for which network namespace. */
export class NetworkOwners {
  readonly #hostNamespace: string | undefined;
  readonly #owners = new Map<string, ContainerNetwork>();
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
    // Process 1 may be hidden from us; 2 is a kernel thread and in the same namespace.
    const candidates = ["1", "2", "self"].map((pid) => host.linkTarget(host.procPath(`${pid}/ns/net`)));
    this.#hostNamespace = candidates.find((namespace) => namespace !== undefined);
  }

  /** The namespace of a process if it is not the host's and nobody else speaks for it; else undefined. */
  claim(pid: number, by: ContainerNetwork): string | undefined {
    const namespace = this.#host.linkTarget(this.#host.procPath(`${pid}/ns/net`));
    if (namespace === undefined || this.#hostNamespace === undefined || namespace === this.#hostNamespace)
      return undefined;
    const owner = this.#owners.get(namespace);
    if (owner !== undefined && owner !== by) return undefined;
    this.#owners.set(namespace, by);
    return namespace;
  }

  release(namespace: string): void {
    this.#owners.delete(namespace);
  }
}

export class ContainerNetwork {
  readonly traffic: TrafficByInterface = new Map();
  readonly #host: Host;
  readonly #owners: NetworkOwners;
  #file: HostFile | undefined;
  #namespace: string | undefined;

  constructor(host: Host, owners: NetworkOwners) {
    this.#host = host;
    this.#owners = owners;
  }

  /** Whether a process to look through is still needed. */
  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Looks through the eyes of `pid` from now on, if it has a namespace that nobody else speaks for. */
  open(pid: number): void {
    this.#namespace = this.#owners.claim(pid, this);
    if (this.#namespace !== undefined) this.#file = this.#host.proc(`${pid}/net/dev`);
  }

  /** False where there is nothing to read (any more). */
  read(): boolean {
    const bytes = this.#file?.tryRead();
    if (bytes === undefined) {
      this.close();
      return false;
    }
    parseNetDev(bytes, this.traffic);
    return true;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    if (this.#namespace !== undefined) this.#owners.release(this.#namespace);
    this.#namespace = undefined;
  }
}
