/**
 * Which cgroup hierarchies the host has, and where.
 *
 * - Version 2: one tree.
 * - Version 1: a tree a controller, a cgroup being the same path in several of them.
 * - Hybrid: version 1, and beside it a version 2 tree without controllers, which still knows pressure.
 * Source: linux `Documentation/admin-guide/cgroup-v1` and `cgroup-v2.rst`.
 */
import { realpathSync } from "node:fs";
import type { Host } from "../collector.ts";

/** Controllers of version 1 that we read. */
const CONTROLLERS = ["cpu", "cpuacct", "memory", "pids", "blkio"] as const;
export type Controller = (typeof CONTROLLERS)[number];

export interface CgroupLayout {
  readonly version: "v1" | "v2" | "hybrid";
  /** Root of the version 2 tree, absolute on this program's side. */
  readonly unified: string | undefined;
  /** Roots of the version 1 trees; empty under version 2. */
  readonly controllers: ReadonlyMap<Controller, string>;
  /** Trees in which cgroups are looked for, each once. */
  readonly roots: readonly string[];
}

/** Undefined where no cgroup tree is mounted in the usual place. */
export function detectCgroups(host: Host): CgroupLayout | undefined {
  const base = host.sysPath("fs/cgroup");
  if (host.exists(`${base}/cgroup.controllers`)) {
    return { version: "v2", unified: base, controllers: new Map(), roots: [base] };
  }
  const controllers = new Map<Controller, string>();
  for (const controller of CONTROLLERS) {
    const root = `${base}/${controller}`;
    if (host.exists(`${root}/cgroup.procs`)) controllers.set(controller, root);
  }
  if (controllers.size === 0) return undefined;
  const unified = host.exists(`${base}/unified/cgroup.procs`) ? `${base}/unified` : undefined;
  // Controllers may share a tree under two names (`cpu`, `cpuacct` → `cpu,cpuacct`).
  const roots = [...new Set([...controllers.values()].map((root) => realpathSync(root)))];
  return { version: unified === undefined ? "v1" : "hybrid", unified, controllers, roots };
}
