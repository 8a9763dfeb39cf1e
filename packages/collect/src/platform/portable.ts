/**
 * The essentials on macOS and Windows: what Node.js itself knows, and what the library `systeminformation` asks the system.
 *
 * Names, units and labels are those of Linux wherever the thing is the same, so that one dashboard shows all machines.
 */
import { cpus, hostname, loadavg, machine, release, totalmem, type, uptime, version } from "node:os";
import type { AnyCollectorFactory, CollectorFactory } from "../collector.ts";
import { aside, type Hold, slowly } from "../slowly.ts";

const MS_PER_SECOND = 1000;
const EVERY_MS = 5000;
const NETWORK_EVERY_MS = 2000;

/** Loaded when first asked for: it is large, and Linux never needs it. */
function systemInformation(): Promise<typeof import("systeminformation")> {
  return import("systeminformation");
}

const cpu: CollectorFactory = {
  name: "cpu",
  defaultEnabled: true,

  create(_host, registry) {
    const time = registry.family("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.", "counter", [
      "cpu",
      "mode",
    ]);
    return slowly(MS_PER_SECOND, (hold) => {
      cpus().forEach(({ times }, i) => {
        hold(time, times.user / MS_PER_SECOND, String(i), "user");
        hold(time, times.nice / MS_PER_SECOND, String(i), "nice");
        hold(time, times.sys / MS_PER_SECOND, String(i), "system");
        hold(time, times.idle / MS_PER_SECOND, String(i), "idle");
        hold(time, times.irq / MS_PER_SECOND, String(i), "irq");
      });
    }).collect;
  },
};

const load: CollectorFactory = {
  name: "loadavg",
  defaultEnabled: true,

  create(_host, registry) {
    // Windows has no such thing, and Node.js then says 0.
    if (process.platform === "win32") return undefined;
    const slots = [1, 5, 15].map((minutes) => registry.gauge(`node_load${minutes}`, `${minutes}m load average.`));
    return (batch) => {
      loadavg().forEach((value, i) => {
        batch.set(slots[i]!, value);
      });
    };
  },
};

const memory: CollectorFactory = {
  name: "meminfo",
  defaultEnabled: true,

  create(_host, registry) {
    const gauge = (name: string) =>
      registry.family(`node_memory_${name}`, `Memory information field ${name}.`, "gauge", []);
    const total = gauge("MemTotal_bytes");
    const free = gauge("MemFree_bytes");
    const available = gauge("MemAvailable_bytes");
    const swapTotal = gauge("SwapTotal_bytes");
    const swapFree = gauge("SwapFree_bytes");
    return aside(EVERY_MS, async (hold) => {
      const { mem } = await systemInformation();
      const now = await mem();
      hold(total, totalmem());
      hold(free, now.free);
      hold(available, now.available);
      hold(swapTotal, now.swaptotal);
      hold(swapFree, now.swapfree);
    });
  },
};

const filesystem: CollectorFactory = {
  name: "filesystem",
  defaultEnabled: true,

  create(_host, registry) {
    const gauge = (name: string, help: string) =>
      registry.family(`node_filesystem_${name}_bytes`, help, "gauge", ["device", "mountpoint", "fstype"]);
    const size = gauge("size", "Filesystem size in bytes.");
    const free = gauge("free", "Filesystem free space in bytes.");
    const available = gauge("avail", "Filesystem space available to non-root users in bytes.");
    return aside(EVERY_MS, async (hold) => {
      const { fsSize } = await systemInformation();
      for (const { fs, mount, type: fsType, size: bytes, available: rest } of await fsSize()) {
        hold(size, bytes, fs, mount, fsType);
        hold(free, rest, fs, mount, fsType);
        hold(available, rest, fs, mount, fsType);
      }
    });
  },
};

const network: CollectorFactory = {
  name: "netdev",
  defaultEnabled: true,

  create(_host, registry) {
    const columns = [
      ["receive_bytes", "rx_bytes"],
      ["receive_errs", "rx_errors"],
      ["receive_drop", "rx_dropped"],
      ["transmit_bytes", "tx_bytes"],
      ["transmit_errs", "tx_errors"],
      ["transmit_drop", "tx_dropped"],
    ] as const;
    const families = columns.map(([name, field]) => {
      const help = `Network device statistic ${name}.`;
      return [registry.family(`node_network_${name}_total`, help, "counter", ["device"]), field] as const;
    });
    return aside(NETWORK_EVERY_MS, async (hold) => {
      const { networkStats } = await systemInformation();
      for (const stats of await networkStats("*")) {
        for (const [family, field] of families) hold(family, stats[field], stats.iface);
      }
    });
  },
};

const identity: CollectorFactory = {
  name: "uname",
  defaultEnabled: true,

  create(_host, registry) {
    const info = registry.family(
      "node_uname_info",
      "Labeled system information as provided by the uname system call.",
      "gauge",
      ["sysname", "release", "version", "machine", "nodename", "domainname"],
    );
    return slowly(EVERY_MS, (hold) => hold(info, 1, type(), release(), version(), machine(), hostname(), "(none)"))
      .collect;
  },
};

const time: CollectorFactory = {
  name: "time",
  defaultEnabled: true,

  create(_host, registry) {
    const now = registry.gauge("node_time_seconds", "System time in seconds since epoch (1970).");
    const boot = registry.family("node_boot_time_seconds", "Node boot time, in unixtime.", "gauge", []);
    let nowMs = 0;
    const holdBoot = (hold: Hold) => hold(boot, Math.round(nowMs / MS_PER_SECOND - uptime()));
    const slow = slowly(EVERY_MS, holdBoot);
    return (batch) => {
      nowMs = batch.atMs;
      batch.set(now, batch.atMs / MS_PER_SECOND);
      slow.collect(batch);
    };
  },
};

export const portableCollectors: readonly AnyCollectorFactory[] = [
  cpu,
  filesystem,
  identity,
  load,
  memory,
  network,
  time,
];
