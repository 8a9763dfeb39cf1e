/**
 * Names of containers from a runtime's own API: Docker's, and Podman's that speaks the same, over their Unix sockets.
 *
 * For where the files cannot be read: another data root, rootless containers, a program that may use the socket only.
 * Source: Docker Engine API, `GET /containers/json`.
 */
import type { Host } from "../collector.ts";
import { type ContainerNames, podOf } from "./container-names.ts";

const SOCKETS = ["run/docker.sock", "run/podman/podman.sock"];
const TIMEOUT_MS = 2000;
/** An answer longer than this is none. */
const MAX_BYTES = 8 * 1024 * 1024;

interface ListedContainer {
  readonly Id: string;
  readonly Names?: readonly string[];
  readonly Image?: string;
  readonly Labels?: Readonly<Record<string, unknown>> | null;
}

/** All running containers that the sockets of the host tell of, by id. A socket that does not answer tells of none. */
export async function namesFromApis(host: Host): Promise<Map<string, ContainerNames>> {
  const names = new Map<string, ContainerNames>();
  for (const socket of SOCKETS) {
    const path = host.rootPath(socket);
    if (!host.exists(path)) continue;
    for (const container of await listContainers(path)) names.set(container.Id, namesOf(container));
  }
  return names;
}

function namesOf({ Id, Names, Image, Labels }: ListedContainer): ContainerNames {
  const name = Names?.[0]?.replace(/^\//, "") || Id.slice(0, 12);
  return { name, image: Image ?? "", ...podOf(Labels ?? {}), startMs: Number.NaN };
}

async function listContainers(socketPath: string): Promise<readonly ListedContainer[]> {
  try {
    const answer: unknown = JSON.parse(await get(socketPath, "/containers/json"));
    return Array.isArray(answer) ? answer.filter((item): item is ListedContainer => typeof item?.Id === "string") : [];
  } catch {
    // Not running, not allowed, not this API: the containers keep their ids for names.
    return [];
  }
}

async function get(socketPath: string, path: string): Promise<string> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, headers: { host: "localhost" }, timeout: TIMEOUT_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length > MAX_BYTES) call.destroy(new Error("answer too long"));
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`status ${response.statusCode}`));
      });
      response.on("error", reject);
    });
    call.on("timeout", () => call.destroy(new Error("no answer")));
    call.on("error", reject);
    call.end();
  });
}
