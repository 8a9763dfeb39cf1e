/** Reads the text of `/proc/self/mountstats`: a line `device …` for each mount, below it what an NFS mount says of itself. */

export interface NfsMount {
  readonly device: string;
  readonly protocol: string;
  readonly mountAddress: string;
  readonly ageSeconds: number;
  readonly bytes: readonly number[];
  readonly events: readonly number[];
  /** One for each connection: bind count, connects, connect time, idle time, sends, receives, … */
  readonly transports: readonly (readonly number[])[];
  readonly operations: readonly { readonly name: string; readonly numbers: readonly number[] }[];
}

const DEVICE = /^device (\S+) mounted on \S+ with fstype (\S+)(?: statvers=(\S+))?/;
const OPERATION = /^\s+([A-Z][A-Z_0-9]*): (\d[\d ]*)$/;

export function parseMountStats(text: string): NfsMount[] {
  const mounts: NfsMount[] = [];
  for (const block of text.split(/^(?=device )/m)) {
    const [, device, type] = DEVICE.exec(block) ?? [];
    if (device === undefined || (type !== "nfs" && type !== "nfs4")) continue;
    const line = (name: string) => new RegExp(`^\\s+${name}:\\s*(.*)$`, "m").exec(block)?.[1] ?? "";
    const options = line("opts").split(",");
    const option = (name: string) => options.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
    mounts.push({
      device,
      protocol: option("proto"),
      mountAddress: option("mountaddr"),
      ageSeconds: Number(line("age")),
      bytes: numbers(line("bytes")),
      events: numbers(line("events")),
      transports: [...block.matchAll(/^\s+xprt:\s*(\w+) (.*)$/gm)].map(([, kind, rest]) => transport(kind!, rest!)),
      operations: operations(block),
    });
  }
  return mounts;
}

function operations(block: string): { name: string; numbers: number[] }[] {
  const [, below = ""] = block.split(/^\s+per-op statistics$/m);
  return below
    .split("\n")
    .map((line) => OPERATION.exec(line))
    .filter((match) => match !== null)
    .map(([, name, rest]) => ({ name: name!, numbers: numbers(rest!) }));
}

/**
 * TCP and RDMA give their port first. UDP has no connection: its numbers lack those of connecting and being idle, which
 * are 0 here.
 */
function transport(kind: string, text: string): number[] {
  const [, ...rest] = numbers(text);
  return kind === "udp" ? [rest[0] ?? 0, 0, 0, 0, ...rest.slice(1)] : rest;
}

function numbers(text: string): number[] {
  return text.trim().split(/\s+/).map(Number);
}
