/** Reads the text of `/proc/net/ip_vs`: a line for each virtual server, below it a line `-> …` for each of its back ends. */

export interface Backend {
  readonly labels: {
    readonly local_address: string;
    readonly local_port: string;
    readonly remote_address: string;
    readonly remote_port: string;
    readonly proto: string;
    /** A virtual server known by a firewall mark has this instead of an address. */
    readonly local_mark: string;
  };
  readonly active: number;
  readonly inactive: number;
  readonly weight: number;
}

export function parseBackends(text: string): Backend[] {
  const backends: Backend[] = [];
  let proto = "";
  let local = { address: "", port: "0", mark: "" };
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/);
    const [first = "", second = ""] = fields;
    if (first === "TCP" || first === "UDP" || first === "SCTP") {
      proto = first;
      local = { ...parseEndpoint(second), mark: "" };
    } else if (first === "FWM") {
      proto = first;
      local = { address: "", port: "0", mark: second };
    } else if (first === "->" && proto !== "" && fields.length >= 6) {
      const remote = parseEndpoint(second);
      const [weight, active, inactive] = fields.slice(3).map(Number);
      backends.push({
        labels: {
          local_address: local.address,
          local_port: local.port,
          remote_address: remote.address,
          remote_port: remote.port,
          proto,
          local_mark: local.mark,
        },
        active: active ?? 0,
        inactive: inactive ?? 0,
        weight: weight ?? 0,
      });
    }
  }
  return backends;
}

/** `C0A80016:0CEA` or `[2620:0000:…:0001]:0050`. */
function parseEndpoint(text: string): { address: string; port: string } {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon);
  const port = String(Number.parseInt(text.slice(colon + 1), 16));
  if (host.startsWith("[")) return { address: shortIpv6(host.slice(1, -1)), port };
  const bytes = [0, 2, 4, 6].map((i) => Number.parseInt(host.slice(i, i + 2), 16));
  return { address: bytes.join("."), port };
}

/** The form of RFC 5952: no leading zeros, the longest run of two or more zero groups as `::`. */
function shortIpv6(text: string): string {
  const groups = text.split(":").map((group) => Number.parseInt(group, 16));
  let best = { start: -1, length: 1 };
  for (let i = 0; i < groups.length; i++) {
    let length = 0;
    while (groups[i + length] === 0) length++;
    if (length > best.length) best = { start: i, length };
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  if (best.start < 0) return hex(groups);
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`;
}
