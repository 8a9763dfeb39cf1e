/**
 * What a cgroup is, told from its path alone: a container of which runtime, a systemd service, or neither.
 *
 * Runtimes name a container's cgroup after its 64-digit id, bare (`/docker/<id>`) or as a systemd scope
 * (`docker-<id>.scope`, `cri-containerd-<id>.scope`). What belongs to a container but is none (its monitor) is passed over.
 * Sources: runc, crun, kubelet and systemd conventions as seen on hosts.
 */

export interface CgroupIdentity {
  readonly kind: "container" | "service";
  /** `docker`, `podman`, `containerd`, `crio`, `lxc`, `nspawn`; "systemd" for services; "" where the path does not tell. */
  readonly runtime: string;
  /** The runtime's id of the container, or the name of the unit or machine. */
  readonly id: string;
  /** UID of the Kubernetes pod, with hyphens; "" where it is in none. */
  readonly podUid: string;
}

const CONTAINER = /^(?:(.*)-)?([0-9a-f]{64})(?:\.scope)?$/;
const POD =
  /(?:^|-)pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;

const RUNTIME_OF_PREFIX: Readonly<Record<string, string>> = {
  docker: "docker",
  libpod: "podman",
  "cri-containerd": "containerd",
  nerdctl: "containerd",
  crio: "crio",
};
const RUNTIME_OF_PARENT: Readonly<Record<string, string>> = {
  docker: "docker",
  buildkit: "docker",
  libpod_parent: "podman",
  "machine.slice": "podman",
};

/** @param path of the cgroup below the root of its hierarchy: `/system.slice/ssh.service` */
export function identifyCgroup(path: string): CgroupIdentity | undefined {
  const segments = path.split("/");
  const last = segments.at(-1)!;
  const parent = segments.at(-2) ?? "";
  const container = CONTAINER.exec(last);
  if (container !== null) {
    const prefix = container[1] ?? "";
    if (prefix.endsWith("conmon")) return undefined;
    const runtime = RUNTIME_OF_PREFIX[prefix] ?? RUNTIME_OF_PARENT[parent] ?? "";
    return { kind: "container", runtime, id: container[2]!, podUid: podUid(parent) };
  }
  return identifyMachine(last, parent) ?? identifyService(last);
}

/** Whether cgroups below this one may be containers or services of their own. */
export function mayHoldOthers(path: string): boolean {
  const identity = identifyCgroup(path);
  if (identity === undefined) return true;
  // A user's own service manager, in whose care rootless containers run.
  return identity.kind === "service" && identity.id.startsWith("user@");
}

function identifyMachine(last: string, parent: string): CgroupIdentity | undefined {
  const named = (runtime: string, id: string): CgroupIdentity => ({ kind: "container", runtime, id, podUid: "" });
  const payload = /^lxc\.payload\.(.+)$/.exec(last)?.[1];
  if (payload !== undefined) return named("lxc", payload);
  if (parent === "lxc" || parent === "lxc.payload") return named("lxc", last);
  const machine = /^(?:systemd-nspawn@(.+)\.service|machine-(.+)\.scope)$/.exec(last);
  if (machine === null) return undefined;
  return named("nspawn", unescapeUnit(machine[1] ?? machine[2]!));
}

function identifyService(last: string): CgroupIdentity | undefined {
  if (!last.endsWith(".service")) return undefined;
  return { kind: "service", runtime: "systemd", id: unescapeUnit(last), podUid: "" };
}

function podUid(parent: string): string {
  return POD.exec(parent)?.[1]?.replaceAll("_", "-") ?? "";
}

/** systemd.unit(5): `\x2d` stands for a hyphen in the name of a path or machine. */
function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
