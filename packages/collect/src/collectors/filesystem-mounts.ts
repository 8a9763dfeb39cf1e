/**
 * The table of mounts: reads `/proc/1/mountinfo` (what the host's first process sees), else our own.
 *
 * Source: proc_pid_mountinfo(5):
 * `36 35 98:0 /root /mount/point rw,noatime shared:1 - ext3 /dev/sda1 rw,errors=continue`.
 */
import type { Host } from "../collector.ts";
import { readBytesIfAllowed } from "../host/attributes.ts";
import { trimmedText } from "../host/bytes.ts";

export interface Mount {
  /** As the table writes it, escapes included: so node_exporter does. */
  readonly device: string;
  /** As the host sees it. */
  readonly mountPoint: string;
  readonly fsType: string;
  readonly major: string;
  readonly minor: string;
  readonly readOnly: boolean;
}

/** Files that may hold the table, in the order of preference; the first needs privileges that we may not have. */
const TABLES = ["1/mountinfo", "self/mountinfo"];

/** The table as it was read last. */
export class MountTable {
  readonly #host: Host;
  #bytes = new Uint8Array(0);

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * All mounts, in the order of the table; of several at one place the last, which hides the others. Undefined where the table
   * says what it said at the last call: parsing takes as long as the kernel needs to write it.
   */
  readWhereChanged(): Mount[] | undefined {
    const bytes = this.#readBytes();
    if (bytes.length === this.#bytes.length && Buffer.compare(bytes, this.#bytes) === 0) return undefined;
    this.#bytes = bytes.slice();
    return parseMounts(trimmedText(bytes), this.#host.rootPath(""));
  }

  #readBytes(): Uint8Array {
    for (const path of TABLES) {
      const bytes = readBytesIfAllowed(this.#host, this.#host.procPath(path));
      if (bytes !== undefined) return bytes;
    }
    return new Uint8Array(0);
  }
}

/** @param rootfs prefix that this program's mount points carry within a container; "/" for none */
export function parseMounts(text: string, rootfs: string): Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of text.split("\n")) {
    const mount = parseLine(line, rootfs);
    if (mount === undefined) continue;
    // Set anew, so that the order is that of the mounts that can be seen.
    mounts.delete(mount.mountPoint);
    mounts.set(mount.mountPoint, mount);
  }
  return [...mounts.values()];
}

function parseLine(line: string, rootfs: string): Mount | undefined {
  const separator = line.indexOf(" - ");
  if (separator < 0) return undefined;
  const [, , number = "", , mountPoint = "", mountOptions = ""] = line.slice(0, separator).split(" ");
  const [fsType = "", device = "", superOptions = ""] = line.slice(separator + 3).split(" ");
  const [major = "", minor = ""] = number.split(":");
  return {
    device,
    mountPoint: withoutPrefix(unescaped(mountPoint), rootfs),
    fsType,
    major,
    minor,
    readOnly: isReadOnly(mountOptions) || isReadOnly(superOptions),
  };
}

function isReadOnly(options: string): boolean {
  return options === "ro" || options.startsWith("ro,") || /,ro(?:,|$)/.test(options);
}

/** The kernel writes white space and backslashes as octal numbers: `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function withoutPrefix(mountPoint: string, rootfs: string): string {
  if (rootfs === "/" || !mountPoint.startsWith(rootfs)) return mountPoint;
  const rest = mountPoint.slice(rootfs.length);
  return rest === "" ? "/" : rest.startsWith("/") ? rest : mountPoint;
}
