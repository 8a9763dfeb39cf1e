/**
 * Finds targets: static lists, files, HTTP endpoints, DNS.
 *
 * A discoverer calls `update` with all its groups whenever they changed. What it cannot read is logged and leaves the groups as
 * they were, so that a half-written file or a dead endpoint removes no target.
 */
import { promises as dns } from "node:dns";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Clock, DmonError, messageOf } from "@dmon/model";
import type { DnsSdConfig, FileSdConfig, HttpSdConfig, TargetGroup } from "./discovery-config.ts";
import { namesToAsk } from "./dns-names.ts";
import type { HttpClient } from "./http-client.ts";

/** Files are looked at this often; they are read only where their time or size changed. */
const FILE_POLL_MS = 5000;
const HTTP_TIMEOUT_MS = 30_000;
const HTTP_BODY_LIMIT = 64 * 1024 * 1024;

export interface Discoverer {
  stop(): void;
}

export interface DiscoveryContext {
  readonly clock: Clock;
  /** Relative names of files start here. */
  readonly baseDir: string;
  readonly warn: (message: string) => void;
  readonly update: (groups: readonly TargetGroup[]) => void;
}

/** Runs `look` now and then `waitMs` after each end of it. */
function repeat(clock: Clock, waitMs: number, look: () => Promise<void>, warn: (message: string) => void): Discoverer {
  let stopped = false;
  let cancel: (() => void) | undefined;
  const turn = async () => {
    try {
      await look();
    } catch (error) {
      if (!stopped) warn(messageOf(error));
    }
    if (!stopped) cancel = clock.after(waitMs, () => void turn());
  };
  void turn();
  return {
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}

export function discoverFiles(config: FileSdConfig, context: DiscoveryContext): Discoverer {
  const known = new Map<string, { stamp: string; groups: readonly TargetGroup[] }>();
  const look = async () => {
    const paths = (
      await Promise.all(config.files.map((pattern) => matchFiles(resolve(context.baseDir, pattern))))
    ).flat();
    let changed = known.size === 0 && paths.length === 0;
    for (const path of [...known.keys()]) {
      if (!paths.includes(path)) changed = known.delete(path) || changed;
    }
    for (const path of paths) {
      try {
        const { mtimeMs, size } = await stat(path);
        const stamp = `${mtimeMs}/${size}`;
        if (known.get(path)?.stamp === stamp) continue;
        const groups = withMeta(await readTargetFile(path), { __meta_filepath: path });
        known.set(path, { stamp, groups });
        changed = true;
      } catch (error) {
        context.warn(`file_sd: ${messageOf(error)}`);
      }
    }
    if (changed) context.update([...known.values()].flatMap((each) => each.groups));
  };
  return repeat(context.clock, Math.min(FILE_POLL_MS, config.refresh_interval), look, context.warn);
}

/** Files that a pattern with `*` in its last part names; sorted. */
export async function matchFiles(pattern: string): Promise<readonly string[]> {
  const file = basename(pattern);
  if (!file.includes("*")) return (await exists(pattern)) ? [pattern] : [];
  const regex = new RegExp(`^${file.split("*").map(escapeRegex).join(".*")}$`);
  try {
    const names = await readdir(dirname(pattern));
    return names
      .filter((name) => regex.test(name))
      .sort()
      .map((name) => join(dirname(pattern), name));
  } catch {
    return [];
  }
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Reads a file of target groups, JSON or YAML.
 *
 * @throws {DmonError} `target_file`
 */
export async function readTargetFile(path: string): Promise<readonly TargetGroup[]> {
  const { targetGroups } = await import("./discovery-config.ts");
  try {
    const text = await readFile(path, "utf8");
    const content: unknown = path.endsWith(".json")
      ? JSON.parse(text)
      : (await import("yaml")).parse(text, { merge: true });
    return targetGroups.parse(content ?? []);
  } catch (cause) {
    throw new DmonError("target_file", `cannot read target groups of ${path}: ${messageOf(cause)}`, { cause });
  }
}

export function discoverHttp(config: HttpSdConfig, client: HttpClient, context: DiscoveryContext): Discoverer {
  const { url } = config;
  let last = "";
  const look = async () => {
    const { targetGroups } = await import("./discovery-config.ts");
    const answer = await client.get({
      url,
      timeoutMs: HTTP_TIMEOUT_MS,
      bodyLimit: HTTP_BODY_LIMIT,
      headers: {
        Accept: "application/json",
        "X-Prometheus-Refresh-Interval-Seconds": String(config.refresh_interval / 1000),
      },
    });
    if (answer.status !== 200) throw new DmonError("target_http", `http_sd: ${url}: HTTP status ${answer.status}`);
    if (!/^application\/json\b/i.test(answer.headers["content-type"] ?? "")) {
      throw new DmonError("target_http", `http_sd: ${url}: unsupported content type ${answer.headers["content-type"]}`);
    }
    const text = answer.body.toString("utf8");
    if (text === last) return;
    const groups = targetGroups.parse(JSON.parse(text));
    last = text;
    context.update(withMeta(groups, { __meta_url: url }));
  };
  return repeat(context.clock, config.refresh_interval, look, context.warn);
}

export function discoverDns(config: DnsSdConfig, context: DiscoveryContext): Discoverer {
  const known = new Map<string, TargetGroup[]>();
  const look = async () => {
    for (const name of config.names) {
      try {
        known.set(name, await dnsTargets(name, config));
      } catch (error) {
        context.warn(`dns_sd: ${name}: ${messageOf(error)}`);
      }
    }
    context.update([...known.values()].flat());
  };
  return repeat(context.clock, config.refresh_interval, look, context.warn);
}

async function dnsTargets(name: string, config: DnsSdConfig): Promise<TargetGroup[]> {
  const port = config.port ?? 0;
  const group = (host: string, at: number, meta: Record<string, string>): TargetGroup => ({
    targets: [`${host.includes(":") ? `[${host}]` : host}:${at}`],
    labels: { __meta_dns_name: name, ...meta },
  });
  const rooted = (host: string) => (host.endsWith(".") ? host : `${host}.`);
  switch (config.type) {
    case "SRV":
      return (await lookUp(name, dns.resolveSrv)).map((record) =>
        group(record.name.replace(/\.$/, ""), record.port, {
          __meta_dns_srv_record_target: rooted(record.name),
          __meta_dns_srv_record_port: String(record.port),
        }),
      );
    case "MX":
      return (await lookUp(name, dns.resolveMx)).map(({ exchange }) =>
        group(exchange.replace(/\.$/, ""), port, { __meta_dns_mx_record_target: rooted(exchange) }),
      );
    case "NS":
      return (await lookUp(name, dns.resolveNs)).map((host) =>
        group(host.replace(/\.$/, ""), port, { __meta_dns_ns_record_target: rooted(host) }),
      );
    default: {
      const addresses = await lookUp(name, config.type === "A" ? dns.resolve4 : dns.resolve6);
      return addresses.map((address) => group(address, port, {}));
    }
  }
}

/**
 * What the first name of the search list that has records has; nothing where all of them answer that there is none.
 *
 * @throws what a name that could not be asked for threw, where no other has records
 */
async function lookUp<T>(name: string, ask: (name: string) => Promise<T[]>): Promise<T[]> {
  let fault: unknown;
  for (const candidate of await namesToAsk(name)) {
    try {
      const records = await ask(candidate);
      if (records.length > 0) return records;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== dns.NOTFOUND && code !== dns.NODATA) fault = error;
    }
  }
  if (fault !== undefined) throw fault;
  return [];
}

function withMeta(groups: readonly TargetGroup[], meta: Readonly<Record<string, string>>): readonly TargetGroup[] {
  return groups.map((group) => ({ targets: group.targets, labels: { ...group.labels, ...meta } }));
}
