/**
 * Names of containers, from the files in which runtimes keep them. All of them need root; where they cannot be read, the
 * runtime's socket may still answer (`runtime-api.ts`).
 *
 * - Docker: `/var/lib/docker/containers/<id>/config.v2.json`
 * - Podman, CRI-O: `/var/lib/containers/storage/overlay-containers/containers.json`, and the bundle's annotations
 * - containerd: annotations in `/run/containerd/io.containerd.runtime.v2.task/<namespace>/<id>/config.json`
 * - Kubernetes, whatever the runtime: the names of the links in `/var/log/containers`
 */
import type { Host } from "../collector.ts";

export interface ContainerNames {
  /** What people call it. */
  readonly name: string;
  /** "" where unknown. */
  readonly image: string;
  /** Kubernetes' names; "" outside. */
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** When it was started, ms since the epoch; NaN where unknown. */
  readonly startMs: number;
}

type Json = Readonly<Record<string, unknown>>;

/** The names of container `id`, or undefined where no file tells. */
export function namesFromFiles(host: Host, id: string): ContainerNames | undefined {
  return fromDocker(host, id) ?? fromContainerd(host, id) ?? fromContainersStorage(host, id) ?? fromPodLogs(host, id);
}

/** What there is to say of a container that nothing tells of. */
export function namesFromId(id: string): ContainerNames {
  return { name: id.length === 64 ? id.slice(0, 12) : id, image: "", ...NO_POD, startMs: Number.NaN };
}

const NO_POD = { namespace: "", pod: "", container: "" };

function fromDocker(host: Host, id: string): ContainerNames | undefined {
  const config = readJson(host, host.rootPath(`var/lib/docker/containers/${id}/config.v2.json`));
  if (config === undefined) return undefined;
  const settings = objectAt(config, "Config");
  return {
    name: textAt(config, "Name").replace(/^\//, "") || id.slice(0, 12),
    image: textAt(settings, "Image"),
    ...podOf(objectAt(settings, "Labels")),
    startMs: Date.parse(textAt(objectAt(config, "State"), "StartedAt")),
  };
}

function fromContainerd(host: Host, id: string): ContainerNames | undefined {
  const root = host.rootPath("run/containerd/io.containerd.runtime.v2.task");
  for (const space of list(host, root)) {
    const bundle = readJson(host, `${root}/${space}/${id}/config.json`);
    if (bundle === undefined) continue;
    const notes = objectAt(bundle, "annotations");
    const pod = {
      namespace: textAt(notes, "io.kubernetes.cri.sandbox-namespace"),
      pod: textAt(notes, "io.kubernetes.cri.sandbox-name"),
      container:
        textAt(notes, "io.kubernetes.cri.container-name") ||
        (textAt(notes, "io.kubernetes.cri.container-type") === "sandbox" ? "POD" : ""),
    };
    const name = podName(pod) || textAt(notes, "nerdctl/name") || textAt(bundle, "hostname") || id.slice(0, 12);
    return { name, image: textAt(notes, "io.kubernetes.cri.image-name"), ...pod, startMs: Number.NaN };
  }
  return undefined;
}

/** Podman and CRI-O share their storage; it lists a container with its names and says the rest in a text of JSON within. */
function fromContainersStorage(host: Host, id: string): ContainerNames | undefined {
  const all = readJson(host, host.rootPath("var/lib/containers/storage/overlay-containers/containers.json"));
  const found = (Array.isArray(all) ? (all as Json[]) : []).find((container) => container.id === id);
  if (found === undefined) return undefined;
  const metadata = parseJson(textAt(found, "metadata")) ?? {};
  const notes = objectAt(
    readJson(host, host.rootPath(`run/containers/storage/overlay-containers/${id}/userdata/config.json`)) ?? {},
    "annotations",
  );
  const pod = podOf(notes);
  const names = Array.isArray(found.names) ? found.names : [];
  return {
    name: podName(pod) || textAt(metadata, "name") || String(names[0] ?? id.slice(0, 12)),
    image: textAt(notes, "io.kubernetes.cri-o.ImageName") || textAt(metadata, "image-name"),
    ...pod,
    startMs: Number.NaN,
  };
}

/** The kubelet links `<pod>_<namespace>_<container>-<id>.log` for every container. */
function fromPodLogs(host: Host, id: string): ContainerNames | undefined {
  const link = list(host, host.rootPath("var/log/containers")).find((name) => name.endsWith(`-${id}.log`));
  const parts = /^([^_]+)_([^_]+)_(.+)-[0-9a-f]{64}\.log$/.exec(link ?? "");
  if (parts === null) return undefined;
  const pod = { pod: parts[1]!, namespace: parts[2]!, container: parts[3]! };
  return { name: podName(pod), image: "", ...pod, startMs: Number.NaN };
}

/** Kubernetes' names among a container's labels or annotations, as the kubelet and CRI-O put them there. */
export function podOf(labels: Json): Pick<ContainerNames, "namespace" | "pod" | "container"> {
  return {
    namespace: textAt(labels, "io.kubernetes.pod.namespace"),
    pod: textAt(labels, "io.kubernetes.pod.name"),
    container: textAt(labels, "io.kubernetes.container.name"),
  };
}

function podName({ namespace, pod, container }: Pick<ContainerNames, "namespace" | "pod" | "container">): string {
  return pod === "" ? "" : [namespace, pod, container].filter((part) => part !== "").join("/");
}

/** A file that is missing, hidden or broken tells nothing, which is no error: the next source may. */
function readJson(host: Host, path: string): Json | undefined {
  try {
    const bytes = host.readOnce(path);
    return bytes === undefined ? undefined : parseJson(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function parseJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function list(host: Host, path: string): readonly string[] {
  try {
    return host.list(path);
  } catch {
    return [];
  }
}

function objectAt(json: Json, key: string): Json {
  const value = json[key];
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function textAt(json: Json, key: string): string {
  const value = json[key];
  return typeof value === "string" ? value : "";
}
