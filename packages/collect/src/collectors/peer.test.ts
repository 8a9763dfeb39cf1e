/**
 * Names, labels, types, help and values against a real node_exporter: over the fixtures, and over this machine beside it.
 *
 * Runs where NODE_EXPORTER_BIN or the PATH has one.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { systemClock } from "@dmon/model";
import { describe, expect, it } from "vitest";
import type { AnyCollectorFactory } from "../collector.ts";
import { HostContainers } from "../containers/host-containers.ts";
import type { HostPaths } from "../host/host.ts";
import { openHost } from "../host/host.ts";
import { createHostCollection } from "../host-collection.ts";
import { HostProcesses } from "../processes/host-processes.ts";
import { everything } from "../testing/collect-tree.ts";
import { asRead, printFamilies, readFamilies } from "../testing/exposition-text.ts";
import { differences, findNodeExporter, findOnPath, type Tolerance, withNodeExporter } from "../testing/peer.ts";
import { RecordingSink } from "../testing/recording-sink.ts";
import { unpackTree } from "../testing/tree.ts";
import { builtinCollectors } from "./builtin.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures");
const HOSTS = ["virtual-machine", "storage-server", "raspberry-pi", "enterprise-3.10"];
/** Off in node_exporter by default, and read from files alone. */
const OFF_BY_DEFAULT = ["processes", "interrupts", "softirqs", "cgroups", "swap", "mountstats"];
/** It asks the running machine by netlink or a system call, whatever `/proc` it is given. */
const OF_THE_MACHINE = /^node_(timex|uname|tcp_connection_states|textfile|time_seconds|selinux)/;
/** It takes this from statfs flags of the fixture's own directory. */
const READ_ONLY = /^node_filesystem_readonly/;

const binary = findNodeExporter();
if (binary === undefined) {
  console.log("comparison with node_exporter skipped: set NODE_EXPORTER_BIN, or have node_exporter on the PATH");
}

const EXACT: Tolerance = { ratio: 1e-12, absolute: 1e-9 };
/** Two readings a few milliseconds apart. */
const NEAR: Tolerance = { ratio: 0.05, absolute: 5 };
/** What goes up and down within milliseconds on a busy machine, or counts what the comparison itself does. */
const JUMPY =
  /^node_(procs_running|procs_blocked|processes|tcp_connection_states|disk_io_now|sockstat|forks|schedstat|entropy|udp_queues|memory_(Dirty|Writeback|Mem|Active|Inactive|Anon|Committed|Cached|Buffers|PageTables|KernelStack|Shmem|Mapped)|nf_conntrack|netstat|network_.*_(bytes|packets)|filefd|softnet|pressure|intr|context|vmstat|cpu_seconds|filesystem_(free|avail)|load|softirqs|interrupts|disk)/;

async function readings(
  paths: HostPaths,
  flags: readonly string[],
  collectors: Record<string, { enabled: boolean }>,
): Promise<[peer: string, ours: ReturnType<typeof asRead>]> {
  return withNodeExporter(binary!, paths, flags, async (scrape) => {
    const host = openHost(paths);
    const log = { info() {}, warn() {} };
    const sink = new RecordingSink();
    const factories = builtinCollectors;
    const collection = createHostCollection({
      host,
      factories,
      collectors,
      instance: "x",
      sink,
      clock: systemClock,
      log,
    });
    try {
      collection.collect(Date.now());
      await collection.settled();
      const peer = await scrape();
      collection.collect(Date.now());
      return [peer, asRead(collection.families())];
    } finally {
      host.close();
    }
  });
}

describe.skipIf(binary === undefined)("beside node_exporter", () => {
  it.each(HOSTS)("agrees over the fixture %s", async (name) => {
    using tree = unpackTree(join(FIXTURES, `${name}.tree`));
    const flags = ["--no-collector.netdev.netlink", "--no-collector.arp.netlink"];
    for (const collector of OFF_BY_DEFAULT) flags.push(`--collector.${collector}`);
    const [peer, ours] = await readings(tree, flags, everything());
    const theirs = new Map([...readFamilies(peer)].filter(([metric]) => !OF_THE_MACHINE.test(metric)));
    expect(theirs.size).toBeGreaterThan(100);
    const unlike = differences(theirs, ours, (metric) => (READ_ONLY.test(metric) ? undefined : toleranceOf(metric)));
    expect(unlike).toEqual([]);
  });

  it("agrees on this machine", async () => {
    const paths = { procfs: "/proc", sysfs: "/sys", rootfs: "/" };
    const [peer, ours] = await readings(paths, ["--collector.textfile.directory="], {});
    const unlike = differences(readFamilies(peer), ours, (metric) => (JUMPY.test(metric) ? undefined : NEAR));
    expect(unlike).toEqual([]);
  });
});

const promtool = process.env.PROMTOOL_BIN ?? findOnPath("promtool");

/** What `promtool check metrics` says of a text, by line. */
function complaintsOf(text: string): string[] {
  const { stdout, stderr } = spawnSync(promtool!, ["check", "metrics"], { input: text, encoding: "utf8" });
  return `${stderr}${stdout}`.split("\n").filter((line) => line !== "");
}

describe.skipIf(binary === undefined || promtool === undefined)("promtool check metrics", () => {
  /** Lines of these files give their names to metrics; node_exporter knows a list of them, we take all that the kernel has. */
  const KERNELS_NAMES = /^node_(memory|netstat)_\w+ metric names should be written in 'snake_case' not 'camelCase'$/;

  it("complains of nothing but of what it complains of in node_exporter", async () => {
    using tree = unpackTree(join(FIXTURES, "storage-server.tree"));
    const others = [new HostProcesses().factory, new HostContainers().factory] as unknown as AnyCollectorFactory[];
    const flags = ["--no-collector.netdev.netlink", "--no-collector.arp.netlink"];
    for (const collector of OFF_BY_DEFAULT) flags.push(`--collector.${collector}`);
    const all = [...builtinCollectors, ...others];
    const ours = await printed(tree, all, everything(all));
    const theirs = await withNodeExporter(binary!, tree, flags, (scrape) => scrape());
    const known = new Set(complaintsOf(theirs));
    expect(complaintsOf("x_total 1\n# TYPE x_total gauge\n").length).toBeGreaterThan(0);
    expect(complaintsOf(ours).filter((line) => !known.has(line) && !KERNELS_NAMES.test(line))).toEqual([]);
  });
});

async function printed(
  paths: HostPaths,
  factories: readonly AnyCollectorFactory[],
  collectors: Record<string, { enabled: boolean }>,
): Promise<string> {
  const host = openHost(paths);
  const sink = new RecordingSink();
  const log = { info() {}, warn() {} };
  const collection = createHostCollection({
    host,
    factories,
    collectors,
    instance: "x",
    sink,
    clock: systemClock,
    log,
  });
  try {
    collection.collect(Date.now());
    await collection.settled();
    collection.collect(Date.now());
    return printFamilies(collection.families());
  } finally {
    host.close();
  }
}

/** Space is that of the disk which the fixture was unpacked on, and others write to it. */
function toleranceOf(metric: string): Tolerance {
  return /^node_filesystem_(free|avail|files)/.test(metric) ? { ratio: 0.1, absolute: 0 } : EXACT;
}
