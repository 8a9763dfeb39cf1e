/**
 * A machine with something on it: sleeping processes of twenty names, each name in a control group of its own where this
 * user may make control groups (version 2, or the memory and CPU hierarchies of version 1).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Crowd {
  readonly processCount: number;
  readonly groupCount: number;
  /** Ends the processes and removes the groups. */
  disperse(): Promise<void>;
}

const NAMES = 20;
const ROOT = "/sys/fs/cgroup";
const HIERARCHIES = existsSync(join(ROOT, "cgroup.controllers"))
  ? [ROOT]
  : ["cpu", "cpuacct", "memory", "blkio", "pids"].map((name) => join(ROOT, name)).filter((path) => existsSync(path));

/** @param scratch a folder for the programs' names */
export function gatherCrowd(processCount: number, scratch: string): Crowd {
  const folder = join(scratch, "crowd");
  mkdirSync(folder);
  const groups: string[] = [];
  const children: ChildProcess[] = [];
  for (let name = 0; name < NAMES; name++) {
    const program = join(folder, `worker${name}`);
    symlinkSync("/bin/sleep", program);
    const members = HIERARCHIES.map((root) => makeGroup(join(root, `dmon-crowd-${process.pid}-${name}.service`)));
    groups.push(...members.filter((path) => path !== undefined));
    for (let i = name; i < processCount; i += NAMES) {
      const child = spawn(program, ["86400"], { stdio: "ignore" });
      children.push(child);
      for (const path of members) if (path !== undefined) enter(path, child.pid);
    }
  }
  return {
    processCount: children.length,
    groupCount: new Set(groups.map((path) => path.split("/").at(-1))).size,
    async disperse() {
      await Promise.all(children.map(end));
      for (const path of groups) rmdirSync(path);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** @returns undefined where that is not allowed */
function makeGroup(path: string): string | undefined {
  try {
    mkdirSync(path);
    return path;
  } catch {
    return undefined;
  }
}

function enter(group: string, pid: number | undefined): void {
  if (pid !== undefined) writeFileSync(join(group, "cgroup.procs"), String(pid));
}
