/**
 * Asks a network driver for its own statistics: ioctl(2) with SIOCETHTOOL.
 *
 * Source: the kernel's include/uapi/linux/ethtool.h, netdevice(7). Numbers are in native (little endian) order.
 */
import type { Libc } from "../host/libc.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GSET = 0x01;
const ETHTOOL_GDRVINFO = 0x03;
const ETHTOOL_GSTRINGS = 0x1b;
const ETHTOOL_GSTATS = 0x1d;
const ETH_SS_STATS = 1;
const STRING_BYTES = 32;
const IFREQ_BYTES = 40;
const IFREQ_DATA = 16;
const NAME_BYTES = 16;
const DRVINFO_BYTES = 196;
const DRVINFO_STAT_COUNT = 180;
const SETTINGS_BYTES = 44;
const AUTONEGOTIATION_BIT = 1 << 6;
const PAUSE_BIT = 1 << 13;
const ASYMMETRIC_PAUSE_BIT = 1 << 14;

export interface DriverInfo {
  readonly driver: string;
  readonly version: string;
  readonly firmwareVersion: string;
  readonly busInfo: string;
  readonly romVersion: string;
  readonly statCount: number;
}

/** What a port can do, or offers to the other end. */
export interface LinkModes {
  readonly autonegotiation: boolean;
  readonly pause: boolean;
  readonly asymmetricPause: boolean;
}

export interface LinkSettings {
  readonly supported: LinkModes;
  readonly advertised: LinkModes;
  readonly usesAutonegotiation: boolean;
}

/** Undefined wherever the driver does not answer. */
export interface EthtoolCalls {
  driverInfo(device: string): DriverInfo | undefined;
  settings(device: string): LinkSettings | undefined;
  statNames(device: string, count: number): readonly string[] | undefined;
  stats(device: string, count: number): readonly number[] | undefined;
  close(): void;
}

/** @throws where no socket can be made */
export function openEthtool(libc: Libc): EthtoolCalls {
  const ioctl = libc.func("int ioctl(int descriptor, unsigned long request, void *argument)");
  const socket = libc.func("int socket(int domain, int type, int protocol)")(AF_INET, SOCK_DGRAM, 0);
  if (socket < 0) throw new Error("cannot open a socket to ask network drivers");

  /** Fills `data`, whose first word is the command. */
  const ask = (device: string, command: number, data: Buffer): boolean => {
    const request = Buffer.alloc(IFREQ_BYTES);
    request.write(device.slice(0, NAME_BYTES - 1), "latin1");
    data.writeUInt32LE(command, 0);
    request.writeBigUInt64LE(libc.addressOf(data), IFREQ_DATA);
    return ioctl(socket, SIOCETHTOOL, request) >= 0;
  };

  return {
    driverInfo(device) {
      const data = Buffer.alloc(DRVINFO_BYTES);
      if (!ask(device, ETHTOOL_GDRVINFO, data)) return undefined;
      const text = (at: number) => textAt(data, at);
      return {
        driver: text(4),
        version: text(36),
        firmwareVersion: text(68),
        busInfo: text(100),
        romVersion: text(132),
        statCount: data.readUInt32LE(DRVINFO_STAT_COUNT),
      };
    },
    settings(device) {
      const data = Buffer.alloc(SETTINGS_BYTES);
      if (!ask(device, ETHTOOL_GSET, data)) return undefined;
      return {
        supported: modesOf(data.readUInt32LE(4)),
        advertised: modesOf(data.readUInt32LE(8)),
        usesAutonegotiation: data[18] !== 0,
      };
    },
    statNames(device, count) {
      const data = Buffer.alloc(12 + count * STRING_BYTES);
      data.writeUInt32LE(ETH_SS_STATS, 4);
      data.writeUInt32LE(count, 8);
      if (!ask(device, ETHTOOL_GSTRINGS, data)) return undefined;
      return Array.from({ length: count }, (_, i) => textAt(data, 12 + i * STRING_BYTES));
    },
    stats(device, count) {
      const data = Buffer.alloc(8 + count * 8);
      data.writeUInt32LE(count, 4);
      if (!ask(device, ETHTOOL_GSTATS, data)) return undefined;
      return Array.from({ length: count }, (_, i) => Number(data.readBigUInt64LE(8 + i * 8)));
    },
    close() {
      libc.func("int close(int descriptor)")(socket);
    },
  };
}

function modesOf(bits: number): LinkModes {
  return {
    autonegotiation: (bits & AUTONEGOTIATION_BIT) !== 0,
    pause: (bits & PAUSE_BIT) !== 0,
    asymmetricPause: (bits & ASYMMETRIC_PAUSE_BIT) !== 0,
  };
}

/** A string that ends at a zero byte, or after 32. */
function textAt(data: Buffer, at: number): string {
  const zero = data.indexOf(0, at);
  const end = zero < 0 ? at + STRING_BYTES : Math.min(zero, at + STRING_BYTES);
  return data.toString("latin1", at, end).trim();
}
