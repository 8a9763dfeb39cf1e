import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { ManualClock } from "@dmon/model";
import { afterEach, describe, expect, it } from "vitest";
import { openHost } from "../host/host.ts";
import { createHostCollection, type HostCollection } from "../host-collection.ts";
import { unpackTree } from "../testing/fixture-tree.ts";
import { HostContainers } from "./host-containers.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/containers");
const NO_SINK = { define() {}, undefine() {}, appendBatch() {}, setMetadata() {} };

class Watched {
  readonly containers = new HostContainers();
  readonly clock = new ManualClock(1_700_010_000_000);
  readonly collection: HostCollection;

  constructor(paths: { procfs: string; sysfs: string; rootfs: string }, options = {}) {
    this.collection = createHostCollection({
      host: openHost(paths),
      factories: [this.containers.factory],
      collectors: { containers: { options } },
      instance: "test",
      sink: NO_SINK,
      clock: this.clock,
      log: { info() {}, warn() {} },
    });
  }

  async pass(seconds = 1): Promise<void> {
    this.clock.advance(seconds * 1000);
    this.collection.collect(this.clock.nowMs());
    await this.collection.settled();
  }

  /** Value of `container_<name>` of the container called `of`, with the labels after the identifying ones. */
  value(name: string, of: string, ...labels: string[]): number | undefined {
    const family = this.collection.families().find((one) => one.name === `container_${name}`);
    return family?.samples.find((s) => s.labelValues[1] === of && s.labelValues.slice(6).join() === labels.join())
      ?.value;
  }

  row(name: string) {
    return this.containers.table().containers.find((row) => row.name === name);
  }
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

function fixture(name: string): string {
  const root = unpackTree(readFileSync(join(FIXTURES, `${name}.txt`), "utf8"));
  cleanups.push(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

const hostIn = (root: string) => ({ procfs: join(root, "proc"), sysfs: join(root, "sys"), rootfs: root });

describe("version 2", () => {
  it("reads a Docker container: names, CPU, throttling, memory, I/O, network, pressure", async () => {
    const watched = new Watched(hostIn(fixture("v2")));
    await watched.pass();
    expect(watched.value("cpu_usage_seconds_total", "web", "total")).toBe(5.25);
    expect(watched.value("cpu_user_seconds_total", "web")).toBe(5.249);
    expect(watched.value("cpu_cfs_throttled_periods_total", "web")).toBe(5);
    expect(watched.value("cpu_cfs_throttled_seconds_total", "web")).toBe(0.25);
    expect(watched.value("spec_cpu_quota", "web")).toBe(150_000);
    expect(watched.value("spec_cpu_shares", "web")).toBe(2597);
    expect(watched.value("memory_usage_bytes", "web")).toBe(8_388_608);
    expect(watched.value("memory_working_set_bytes", "web")).toBe(7_340_032);
    expect(watched.value("memory_rss", "web")).toBe(4_194_304);
    expect(watched.value("memory_cache", "web")).toBe(2_097_152);
    expect(watched.value("memory_failcnt", "web")).toBe(20);
    expect(watched.value("oom_events_total", "web")).toBe(2);
    expect(watched.value("memory_failures_total", "web", "pgmajfault", "hierarchy")).toBe(7);
    expect(watched.value("spec_memory_limit_bytes", "web")).toBe(268_435_456);
    expect(watched.value("spec_memory_swap_limit_bytes", "web")).toBe(0);
    expect(watched.value("fs_reads_bytes_total", "web", "/dev/nvme0n1")).toBe(4_096_000);
    expect(watched.value("fs_writes_total", "web", "/dev/nvme0n1")).toBe(2);
    expect(watched.value("network_receive_bytes_total", "web", "eth0")).toBe(1_000_000);
    expect(watched.value("network_transmit_packets_dropped_total", "web", "eth0")).toBe(4);
    expect(watched.value("network_receive_bytes_total", "web", "lo")).toBeUndefined();
    expect(watched.value("pressure_cpu_waiting_seconds_total", "web")).toBe(2);
    expect(watched.value("pressure_io_stalled_seconds_total", "web")).toBe(0.25);
    expect(watched.value("threads", "web")).toBe(4);
    expect(watched.value("start_time_seconds", "web")).toBe(1_700_002_800.5);
    expect(watched.value("last_seen", "web")).toBe(1_700_010_001);
  });

  it("reads services, Kubernetes containers, and nothing else", async () => {
    const watched = new Watched(hostIn(fixture("v2")));
    await watched.pass();
    const rows = watched.containers.table().containers;
    expect(rows.map((row) => [row.kind, row.runtime, row.name, row.image, row.pod]).sort()).toEqual([
      ["container", "containerd", "prod/api-7c9-xk2/api", "registry.local/api:2.1", "api-7c9-xk2"],
      ["container", "docker", "web", "nginx:1.25", ""],
      ["service", "systemd", "getty@tty1.service", "", ""],
      ["service", "systemd", "ssh.service", "", ""],
    ]);
    expect(watched.value("start_time_seconds", "ssh.service")).toBe(1_700_000_010);
    expect(watched.value("network_receive_bytes_total", "ssh.service", "eth0")).toBeUndefined();
    expect(watched.containers.nameOf("/system.slice/ssh.service")).toBe("ssh.service");
    expect(watched.containers.nameOf("/user.slice/user-1000.slice/session-3.scope")).toBe("");
  });

  it("works out rates, and ends a container's series with it", async () => {
    const root = fixture("v2");
    const watched = new Watched(hostIn(root));
    await watched.pass();
    const { id } = watched.row("web")!;
    const folder = join(root, "sys/fs/cgroup", id);
    writeFileSync(join(folder, "cpu.stat"), "usage_usec 6250000\nuser_usec 1\nsystem_usec 1\nthrottled_usec 750000\n");
    writeFileSync(join(folder, "io.stat"), "259:0 rbytes=5096000 wbytes=8192 rios=1 wios=2\n");
    await watched.pass(2);
    expect(watched.row("web")).toMatchObject({
      cpuRatio: 0.5,
      cpuLimit: 1.5,
      throttledRatio: 0.25,
      readBytesPerSecond: 500_000,
      writeBytesPerSecond: 0,
      memoryLimitBytes: 268_435_456,
      oomKills: 2,
    });
    rmSync(folder, { recursive: true });
    await watched.pass(2);
    expect(watched.row("web")).toBeUndefined();
    expect(watched.value("memory_usage_bytes", "web")).toBeUndefined();
    expect(watched.value("memory_usage_bytes", "ssh.service")).toBe(2_097_152);
  });

  it("says of one that sleeps what it said before, without rates, and at the next collection what it does", async () => {
    const root = fixture("v2");
    const watched = new Watched(hostIn(root));
    await watched.pass();
    const cpuStat = join(root, "sys/fs/cgroup", watched.row("web")!.id, "cpu.stat");
    const ranSeconds = (usage: number, throttled = 0.25) =>
      writeFileSync(
        cpuStat,
        `usage_usec ${Math.round(usage * 1e6)}\nnr_periods 9\nthrottled_usec ${throttled * 1e6}\n`,
      );
    ranSeconds(5.75);
    await watched.pass();
    expect(watched.row("web")!.cpuRatio).toBe(0.5);
    for (let second = 0; second < 3; second++) {
      await watched.pass();
      expect(watched.row("web")!.cpuRatio).toBe(0);
      expect(watched.value("cpu_usage_seconds_total", "web", "total")).toBe(5.75);
      expect(watched.value("memory_usage_bytes", "web")).toBe(8_388_608);
      expect(watched.value("last_seen", "web")).toBe(watched.clock.nowMs() / 1000);
    }
    ranSeconds(6);
    await watched.pass();
    expect(watched.row("web")!.cpuRatio).toBe(0.25);
    expect(watched.value("cpu_usage_seconds_total", "web", "total")).toBe(6);
    // So little that nothing else is read for it.
    for (let ran = 1; ran <= 6; ran++) {
      ranSeconds(6 + ran / 4000);
      await watched.pass();
      expect(watched.row("web")!.cpuRatio).toBeCloseTo(1 / 4000, 9);
      expect(watched.value("cpu_usage_seconds_total", "web", "total")).toBeCloseTo(6 + ran / 4000, 9);
    }
    // What waits for its quota does not run, and is throttled all the same.
    for (let waited = 1; waited <= 6; waited++) {
      ranSeconds(7, 0.25 + waited / 2);
      await watched.pass();
      expect(watched.row("web")!.throttledRatio).toBe(0.5);
      expect(watched.value("cpu_cfs_throttled_seconds_total", "web")).toBe(0.25 + waited / 2);
    }
  });

  it("finds what begins later", async () => {
    const root = fixture("v2");
    const watched = new Watched(hostIn(root));
    await watched.pass();
    const folder = join(root, "sys/fs/cgroup/system.slice/new.service");
    mkdirSync(folder);
    writeFileSync(join(folder, "cpu.stat"), "usage_usec 1\n");
    await watched.pass(2);
    expect(watched.row("new.service")).toMatchObject({ memoryBytes: null, tasks: null });
  });

  it("keeps to its options", async () => {
    const noServices = new Watched(hostIn(fixture("v2")), { services: false });
    await noServices.pass();
    expect(noServices.containers.table().containers.every(({ kind }) => kind === "container")).toBe(true);
    const few = new Watched(hostIn(fixture("v2")), { maxContainers: 3 });
    await few.pass();
    expect(few.containers.table().containers.map(({ kind }) => kind)).toEqual(["container", "container", "service"]);
  });

  it("asks Docker's socket where the files are out of reach", async () => {
    const root = fixture("v2");
    rmSync(join(root, "var/lib/docker"), { recursive: true });
    const Id = /docker-([0-9a-f]{64})/.exec(readFileSync(join(FIXTURES, "v2.txt"), "utf8"))![1]!;
    const server: Server = createServer((request, response) => {
      const list = [{ Id, Names: ["/shop-web-1"], Image: "nginx:1.27", Labels: { a: "b" } }];
      response.statusCode = request.url === "/containers/json" ? 200 : 404;
      response.end(JSON.stringify(list));
    });
    mkdirSync(join(root, "run"), { recursive: true });
    await new Promise<void>((resolve) => server.listen(join(root, "run/docker.sock"), resolve));
    cleanups.push(() => server.close());
    const watched = new Watched(hostIn(root));
    await watched.pass();
    await watched.pass(2);
    await watched.pass(2);
    expect(watched.row("shop-web-1")).toMatchObject({ image: "nginx:1.27", runtime: "docker" });
    expect(watched.value("memory_usage_bytes", "shop-web-1")).toBe(8_388_608);
  });

  it("falls back to the short id where nobody tells a name", async () => {
    const root = fixture("v2");
    rmSync(join(root, "var/lib/docker"), { recursive: true });
    const watched = new Watched(hostIn(root));
    await watched.pass();
    await watched.pass(2);
    await watched.pass(2);
    expect(watched.row("4d0cd0cd0cd0")).toMatchObject({ kind: "container", image: "" });
  });
});

describe("version 1", () => {
  it("puts together what the trees say", async () => {
    const watched = new Watched(hostIn(fixture("v1")));
    await watched.pass();
    const name = "prod/api-7c9-xk2/api";
    expect(watched.value("cpu_usage_seconds_total", name, "total")).toBe(12.3456789);
    expect(watched.value("cpu_user_seconds_total", name)).toBe(10);
    expect(watched.value("cpu_cfs_throttled_seconds_total", name)).toBe(1.5);
    expect(watched.value("spec_cpu_quota", name)).toBe(50_000);
    expect(watched.value("memory_working_set_bytes", name)).toBe(4_194_304 - 262_144);
    expect(watched.value("memory_swap", name)).toBe(8192);
    expect(watched.value("memory_failcnt", name)).toBe(3);
    expect(watched.value("oom_events_total", name)).toBe(1);
    expect(watched.value("spec_memory_limit_bytes", name)).toBe(134_217_728);
    expect(watched.value("fs_reads_bytes_total", name, "/dev/sda")).toBe(40_960);
    expect(watched.value("pressure_cpu_waiting_seconds_total", name)).toBeUndefined();
    expect(watched.row("4d0cd0cd0cd0")).toMatchObject({ cpuLimit: null, memoryLimitBytes: null, runtime: "docker" });
    expect(watched.row("cron.service")).toMatchObject({ cpuRatio: 0, memoryBytes: null, tasks: 6 });
    expect(watched.containers.table().containers).toHaveLength(3);
  });
});

describe("hybrid", () => {
  it("adds the pressure of the unified tree (captured from Podman 4.3)", async () => {
    const watched = new Watched(hostIn(fixture("hybrid-podman")));
    await watched.pass();
    const name = "dmon-fixture";
    expect(watched.row(name)).toMatchObject({ runtime: "podman", kind: "container", cpuLimit: 0.5, tasks: 1 });
    expect(watched.value("spec_memory_limit_bytes", name)).toBe(67_108_864);
    expect(watched.value("cpu_usage_seconds_total", name, "total")).toBeGreaterThan(0.03);
    expect(watched.value("pressure_cpu_waiting_seconds_total", name)).toBeGreaterThan(0);
    expect(watched.containers.table().containers).toHaveLength(1);
  });
});

it("is absent where no cgroups are mounted", async () => {
  const watched = new Watched({ procfs: "/proc", sysfs: "/nowhere", rootfs: "/" });
  await watched.pass();
  expect(watched.containers.table()).toEqual({ atMs: 0, containers: [] });
  expect(watched.collection.status()[0]).toMatchObject({ state: "absent" });
});

const REAL_ROOT = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((root) => existsSync(`${root}/cgroup.procs`));
const REAL_TREES = ["memory", "cpu", "cpuacct", "pids"]
  .map((name) => `/sys/fs/cgroup/${name}`)
  .filter((tree) => existsSync(tree));
const TREES = [...REAL_TREES, ...(REAL_ROOT === undefined ? [] : [REAL_ROOT])];
const ID = process.pid.toString(16).padStart(64, "0");

function makeRealCgroup(member: ChildProcess): string[] {
  const folders: string[] = [];
  for (const tree of TREES) {
    const folder = `${tree}/dmon-test-${process.pid}`;
    mkdirSync(`${folder}/${ID}`, { recursive: true });
    folders.push(`${folder}/${ID}`, folder);
    writeFileSync(`${folder}/${ID}/cgroup.procs`, String(member.pid));
  }
  return folders;
}

function mayMakeCgroups(): boolean {
  try {
    const probe = `${TREES[0]}/dmon-probe-${process.pid}`;
    mkdirSync(probe);
    rmdirSync(probe);
    return true;
  } catch {
    return false;
  }
}

const canMake = TREES.length > 0 && mayMakeCgroups();
if (!canMake) console.warn("cgroups cannot be made here: the test with real ones is skipped");

it.skipIf(!canMake)("sees a real cgroup come, work and go", async () => {
  const busy = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  const ended = new Promise((resolve) => busy.once("exit", resolve));
  const folders = makeRealCgroup(busy);
  try {
    const watched = new Watched({ procfs: "/proc", sysfs: "/sys", rootfs: "/" });
    await watched.pass();
    await watched.pass(2);
    await watched.pass(2);
    const name = ID.slice(0, 12);
    const before = watched.value("cpu_usage_seconds_total", name, "total")!;
    for (let tries = 0; tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await watched.pass();
      if (watched.value("cpu_usage_seconds_total", name, "total")! > before + 0.1) break;
    }
    expect(watched.value("cpu_usage_seconds_total", name, "total")).toBeGreaterThan(before + 0.1);
    expect(Math.abs(watched.row(name)!.startMs! - Date.now())).toBeLessThan(30_000);
    busy.kill("SIGKILL");
    await ended;
    for (const folder of folders.splice(0)) rmdirSync(folder);
    await watched.pass(2);
    expect(watched.row(name)).toBeUndefined();
    watched.collection.close(0);
  } finally {
    busy.kill("SIGKILL");
    await ended;
    for (const folder of folders) rmdirSync(folder);
  }
});
