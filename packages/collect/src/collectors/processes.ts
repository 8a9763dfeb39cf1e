/**
 * Counts of processes and threads by state: reads `/proc/<pid>/stat` and the states of their tasks. Off by default, because
 * it opens a file for each thread.
 *
 * Source: proc_pid_stat(5).
 */
import { setImmediate as afterOthers } from "node:timers/promises";
import type { CollectorFactory, Host } from "../collector.ts";
import { readIntegerIfAllowed } from "../host/attributes.ts";
import { aside } from "../slowly.ts";

const EVERY_MS = 5000;
/** Processes that are read before other work gets its turn. */
const PER_TURN = 50;
const CLOSING_PARENTHESIS = 41;

export const processes: CollectorFactory = {
  name: "processes",
  defaultEnabled: false,

  create(host, registry) {
    const gauge = (name: string, help: string, ...labels: string[]) =>
      registry.family(`node_processes_${name}`, help, "gauge", labels);
    const threads = gauge("threads", "Allocated threads in system");
    const maxThreads = gauge("max_threads", "Limit of threads in the system");
    const states = gauge("state", "Number of processes in each state.", "state");
    const threadStates = gauge("threads_state", "Number of threads in each state.", "thread_state");
    const pids = gauge("pids", "Number of PIDs");
    const maxProcesses = gauge("max_processes", "Number of max PIDs limit");

    return aside(EVERY_MS, async (hold) => {
      const byState = new Map<string, number>();
      const byThreadState = new Map<string, number>();
      let threadCount = 0;
      let pidCount = 0;
      const all = host.list(host.procPath()).filter((name) => /^\d+$/.test(name));
      for (let i = 0; i < all.length; i++) {
        if (i % PER_TURN === PER_TURN - 1) await afterOthers();
        const dir = host.procPath(all[i]);
        const process = readState(host, `${dir}/stat`);
        if (process === undefined) continue;
        pidCount++;
        threadCount += process.threads;
        count(byState, process.state);
        for (const task of tasksOf(host, dir)) {
          const thread = readState(host, `${dir}/task/${task}/stat`);
          if (thread !== undefined) count(byThreadState, thread.state);
        }
      }
      hold(threads, threadCount);
      hold(pids, pidCount);
      for (const [state, value] of byState) hold(states, value, state);
      for (const [state, value] of byThreadState) hold(threadStates, value, state);
      const pidLimit = readIntegerIfAllowed(host, host.procPath("sys/kernel/pid_max"));
      if (pidLimit !== undefined) hold(maxProcesses, pidLimit);
      const threadLimit = readIntegerIfAllowed(host, host.procPath("sys/kernel/threads-max"));
      if (threadLimit !== undefined) hold(maxThreads, threadLimit);
    });
  },
};

function tasksOf(host: Host, dir: string): readonly string[] {
  try {
    return host.list(`${dir}/task`);
  } catch {
    return [];
  }
}

/** Undefined where the process ended meanwhile. */
function readState(host: Host, path: string): { state: string; threads: number } | undefined {
  try {
    const bytes = host.readOnce(path);
    if (bytes === undefined) return undefined;
    // The command's name stands in parentheses and may hold anything: what follows the last one counts.
    const start = bytes.lastIndexOf(CLOSING_PARENTHESIS) + 2;
    const fields = new TextDecoder("latin1").decode(bytes.subarray(start)).split(" ");
    return { state: fields[0]!, threads: Number(fields[17]) };
  } catch {
    return undefined;
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
