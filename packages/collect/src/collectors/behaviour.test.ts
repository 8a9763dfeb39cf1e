/** What single collectors do over time: counters that go back, devices that come and go, files that change. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Labels, ManualClock, METRIC_NAME } from "@dmon/model";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AnyCollectorFactory, OptionValue } from "../collector.ts";
import { openHost } from "../host/host.ts";
import { createHostCollection } from "../host-collection.ts";
import { RecordingSink } from "../testing/recording-sink.ts";
import { cpu } from "./cpu.ts";
import { diskstats } from "./diskstats.ts";
import { meminfo } from "./meminfo.ts";
import { netclass } from "./netclass.ts";
import { netdev } from "./netdev.ts";
import { netstat } from "./netstat.ts";
import { self } from "./self.ts";
import { textfile } from "./textfile.ts";
import { timex } from "./timex.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dmon-collector-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function start(factory: AnyCollectorFactory, options: Record<string, OptionValue> = {}) {
  const sink = new RecordingSink();
  const clock = new ManualClock();
  const collection = createHostCollection({
    host: openHost({ procfs: join(root, "proc"), sysfs: join(root, "sys"), rootfs: join(root, "root") }),
    factories: [factory],
    collectors: { [factory.name]: { enabled: true, options } },
    instance: "i",
    sink,
    clock,
    log: { info() {}, warn() {} },
  });
  /** Lets seconds pass and gives a look-up into the newest batch. */
  const tick = (seconds = 1) => {
    for (let i = 0; i < seconds; i++) {
      clock.advance(1000);
      collection.collect(clock.nowMs());
    }
    const { samples } = sink.last;
    return (name: string, labels: Record<string, string> = {}) =>
      samples.get(Labels.from({ [METRIC_NAME]: name, instance: "i", job: "node", ...labels }).toString());
  };
  return { tick, collection, sink };
}

describe("cpu", () => {
  const putStat = (user: number, idle: number, iowait: number) =>
    put("proc/stat", `cpu 0 0 0 0\ncpu0 ${user} 0 0 ${idle} ${iowait} 0 0 0 0 0\nintr 5\n`);

  it("holds counters that go back by a little, and begins anew after a hot-plug", () => {
    const { tick } = start(cpu);
    const modes = () => {
      const value = tick();
      return ["user", "idle", "iowait"].map((mode) => value("node_cpu_seconds_total", { cpu: "0", mode }));
    };
    putStat(100, 1000, 50);
    expect(modes()).toEqual([1, 10, 0.5]);
    putStat(110, 990, 40);
    expect(modes()).toEqual([1.1, 10, 0.5]);
    putStat(5, 10, 1);
    expect(modes()).toEqual([0.05, 0.1, 0.01]);
  });

  it("ends a core that is taken out", () => {
    const { tick } = start(cpu);
    put("proc/stat", "cpu 0\ncpu0 1 0 0 1 0 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\n");
    expect(tick()("node_cpu_seconds_total", { cpu: "1", mode: "user" })).toBe(0.01);
    put("proc/stat", "cpu 0\ncpu0 1 0 0 1 0 0 0 0 0 0\n");
    expect(tick()("node_cpu_seconds_total", { cpu: "1", mode: "user" })).toBe("stale");
  });

  it("tells what processor it is where asked for", () => {
    put("proc/stat", "cpu 0\n");
    put(
      "proc/cpuinfo",
      "processor\t: 0\nmodel name\t: Xeon\ncpu MHz\t\t: 2300.5\nflags\t\t: fpu aes\nbugs\t\t: mds\n\n",
    );
    const value = start(cpu, { flagsInclude: "^aes$", bugsInclude: "." }).tick();
    expect(value("node_cpu_info", { cpu: "0", model_name: "Xeon" })).toBe(1);
    expect(value("node_cpu_frequency_hertz", { cpu: "0" })).toBe(2_300_500_000);
    expect(value("node_cpu_flag_info", { flag: "aes" })).toBe(1);
    expect(value("node_cpu_flag_info", { flag: "fpu" })).toBeUndefined();
    expect(value("node_cpu_bug_info", { bug: "mds" })).toBe(1);
  });
});

describe("netdev", () => {
  const putDev = (...lines: string[]) => put("proc/net/dev", `Inter-|\n face |bytes\n${lines.join("\n")}\n`);
  const line = (name: string, bytes: number) => `${name}: ${bytes} 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0`;

  it("follows interfaces that come, go and come back", () => {
    const { tick, sink } = start(netdev);
    const received = (value: ReturnType<typeof tick>, device: string) =>
      value("node_network_receive_bytes_total", { device });
    putDev(line("lo", 1), line("veth1", 10));
    expect(received(tick(), "veth1")).toBe(10);
    putDev(line("lo", 2), line("veth2", 20));
    const value = tick();
    expect([received(value, "lo"), received(value, "veth1"), received(value, "veth2")]).toEqual([2, "stale", 20]);
    putDev(line("lo", 3), line("veth1", 5), line("veth2", 21));
    expect(received(tick(), "veth1")).toBe(5);
    expect(sink.metadata.get("node_network_receive_bytes_total")?.type).toBe("counter");
  });

  it("leaves out what is excluded", () => {
    putDev(line("lo", 1), line("eth0", 2));
    const value = start(netdev, { deviceExclude: "^lo$" }).tick();
    expect(value("node_network_receive_bytes_total", { device: "lo" })).toBeUndefined();
    expect(value("node_network_transmit_bytes_total", { device: "eth0" })).toBe(5);
  });

  it("keeps counters of 64 bits", () => {
    putDev("eth0:18446744073709551615 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0");
    expect(start(netdev).tick()("node_network_receive_bytes_total", { device: "eth0" })).toBe(2 ** 64);
  });
});

describe("netclass", () => {
  const attribute = (name: string, value: string) => put(`sys/class/net/eth0/${name}`, `${value}\n`);
  const device = "eth0";
  beforeEach(() => {
    attribute("ifindex", "2");
    attribute("flags", "0x1003");
    attribute("operstate", "up");
    attribute("carrier_changes", "1");
    attribute("mtu", "1500");
  });

  it("reads hardware anew at once where its carrier changed", () => {
    attribute("device/vendor", "0x8086");
    const { tick } = start(netclass);
    expect(tick()("node_network_up", { device })).toBe(1);
    attribute("operstate", "down");
    expect(tick()("node_network_up", { device })).toBe(1);
    attribute("carrier_changes", "2");
    const value = tick();
    expect(value("node_network_up", { device })).toBe(0);
    expect(value("node_network_carrier_changes_total", { device })).toBe(2);
    expect(value("node_network_info", { device, adminstate: "up", operstate: "up" })).toBe("stale");
  });

  it.each([
    ["carrier_changes", "2", false],
    ["flags", "0x1103", false],
    ["operstate", "down", true],
  ])("reads all of an interface anew within 5 s of a change of its %s", (name, changed, isHardware) => {
    if (isHardware) attribute("device/vendor", "0x8086");
    const { tick } = start(netclass);
    tick();
    attribute("mtu", "9000");
    expect(tick(5)("node_network_mtu_bytes", { device })).toBe(1500);
    attribute(name, changed);
    expect(tick(5)("node_network_mtu_bytes", { device })).toBe(9000);
  });

  it("notices within 30 s what nothing else tells", () => {
    const { tick } = start(netclass);
    tick();
    attribute("mtu", "9000");
    expect(tick(25)("node_network_mtu_bytes", { device })).toBe(1500);
    expect(tick(5)("node_network_mtu_bytes", { device })).toBe(9000);
  });
});

describe("netstat", () => {
  it("learns a file anew whose lines of names changed", () => {
    const { tick } = start(netstat, { fields: ".*" });
    put("proc/net/snmp", "Ip: Forwarding InReceives\nIp: 1 5\n");
    expect(tick()("node_netstat_Ip_InReceives")).toBe(5);
    put("proc/net/snmp", "Ip: Forwarding New InReceives\nIp: 1 2 7\n");
    const value = tick();
    expect([value("node_netstat_Ip_InReceives"), value("node_netstat_Ip_New")]).toEqual([7, 2]);
  });
});

describe("diskstats", () => {
  it("ends a disk that was pulled out", () => {
    const { tick } = start(diskstats);
    put("proc/diskstats", " 8 0 sda 1 0 2 0 0 0 0 0 0 0 0\n 8 16 sdb 5 0 2 0 0 0 0 0 0 0 0\n");
    const before = tick();
    expect(before("node_disk_read_bytes_total", { device: "sdb" })).toBe(1024);
    expect(before("node_disk_discards_completed_total", { device: "sdb" })).toBeUndefined();
    put("proc/diskstats", " 8 0 sda 1 0 2 0 0 0 0 0 0 0 0\n");
    const after = tick();
    expect(after("node_disk_read_bytes_total", { device: "sdb" })).toBe("stale");
    expect(after("node_disk_info", { device: "sdb", major: "8", minor: "16", rotational: "0" })).toBe("stale");
  });
});

describe("meminfo", () => {
  it("reports a file that is not there, and goes on when it is", () => {
    const { tick } = start(meminfo);
    expect(tick()("node_scrape_collector_success", { collector: "meminfo" })).toBe(0);
    put("proc/meminfo", "MemTotal: 10 kB\nHugePages_Total: 3\nActive(file): 1 kB\n");
    const value = tick();
    expect(value("node_scrape_collector_success", { collector: "meminfo" })).toBe(1);
    expect(value("node_memory_MemTotal_bytes")).toBe(10_240);
    expect(value("node_memory_HugePages_Total")).toBe(3);
    expect(value("node_memory_Active_file_bytes")).toBe(1024);
  });
});

describe("textfile", () => {
  it("reads files of several directories, histograms too, and leaves out bad ones", () => {
    put("a/roles.prom", '# HELP node_role What it is for.\n# TYPE node_role gauge\nnode_role{role="db"} 1\n');
    put("a/ignored.txt", "x 1\n");
    put("b/hist.prom", '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 3\nh_sum 4\nh_count 3\n');
    const { tick, sink } = start(textfile, { directory: `${root}/a,${root}/b` });
    let value = tick();
    expect(value("node_role", { role: "db" })).toBe(1);
    expect(value("h_bucket", { le: "+Inf" })).toBe(3);
    expect(value("node_textfile_scrape_error")).toBe(0);
    expect(sink.metadata.get("h")).toEqual({ type: "histogram", help: "", unit: "" });
    expect(sink.metadata.get("node_role")).toEqual({ type: "gauge", help: "What it is for.", unit: "" });
    expect(sink.metadata.has("h_bucket")).toBe(false);
    put("a/bad.prom", "this is { not it\n");
    put("a/stamped.prom", "stamped 1 1700000000000\n");
    value = tick(5);
    expect(value("node_textfile_scrape_error")).toBe(1);
    expect(value("stamped")).toBeUndefined();
    expect(value("node_role", { role: "db" })).toBe(1);
    rmSync(join(root, "a/roles.prom"));
    expect(tick(5)("node_role", { role: "db" })).toBe("stale");
  });

  it("reports a directory that is not there", () => {
    expect(start(textfile, { directory: `${root}/none` }).tick()("node_textfile_scrape_error")).toBe(1);
  });
});

describe("timex", () => {
  it("asks the kernel for its clock where the call can be made", () => {
    const { tick, collection } = start(timex);
    const value = tick();
    if (collection.status()[0]!.state === "absent") {
      console.log("timex is absent: koffi has no build for this machine");
      return;
    }
    expect(value("node_timex_tick_seconds")).toBeCloseTo(0.01, 3);
    expect(value("node_timex_frequency_adjustment_ratio")).toBeCloseTo(1, 2);
    expect(value("node_timex_maxerror_seconds")).toBeGreaterThanOrEqual(0);
    expect([0, 1]).toContain(value("node_timex_sync_status"));
  });
});

describe("self", () => {
  it("tells what this process uses", () => {
    if (process.platform !== "linux") return;
    const value = start(self).tick();
    const { rss } = process.memoryUsage();
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(rss / 2);
    expect(value("process_resident_memory_bytes")).toBeLessThan(rss * 2);
    const cpuSeconds = (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
    expect(Number(value("process_cpu_seconds_total"))).toBeLessThanOrEqual(cpuSeconds + 0.1);
    expect(value("process_open_fds")).toBeGreaterThan(3);
    expect(Number(value("process_max_fds"))).toBeGreaterThanOrEqual(Number(value("process_open_fds")));
    const age = Date.now() / 1000 - Number(value("process_start_time_seconds"));
    expect(Math.abs(age - process.uptime())).toBeLessThan(5);
  });
});
