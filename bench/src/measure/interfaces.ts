/**
 * A machine with many network interfaces: a network namespace of its own with pairs of virtual Ethernet interfaces, all up, and
 * a view of `/sys` that shows them. Everything else is this machine's own. It ends with the process that runs in it.
 */
import { spawnSync } from "node:child_process";

const SET_UP = `
mount -t sysfs sysfs /sys
for i in $(seq 1 "$1"); do echo "link add dmon$i type veth peer name dmonp$i"; done | ip -batch -
ip link set lo up
for i in $(seq 1 "$1"); do echo "link set dmon$i up"; echo "link set dmonp$i up"; done | ip -batch -
shift
exec "$@"
`;

/**
 * Runs Node.js there, with this process' own options, and gives what it printed.
 *
 * @throws with what it said where namespaces may not be made here, \`ip\` (iproute2) is missing, or the script fails
 */
export function runAmongInterfaces(pairs: number, script: string, args: readonly string[]): string {
  const command = [process.execPath, ...process.execArgv, script, ...args];
  const { status, stdout, stderr, error } = spawnSync(
    "unshare",
    ["--net", "--mount", "sh", "-e", "-c", SET_UP, "sh", String(pairs), ...command],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(error?.message ?? stderr.trim());
  return stdout;
}
