import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@dmon/model";
import { afterEach, describe, expect, it } from "vitest";
import { openHost } from "../host/host.ts";
import { createHostCollection } from "../host-collection.ts";
import { RecordingSink } from "../testing/recording-sink.ts";
import { filesystemWith, type SpaceStats, type StatfsCalls } from "./filesystem.ts";
import { parseMounts } from "./filesystem-mounts.ts";

const STATS: SpaceStats = { bsize: 4096, blocks: 100, bfree: 50, bavail: 40, files: 10, ffree: 5 };

type Done = Parameters<StatfsCalls["async"]>[1];

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

function setUp(mountinfo: readonly string[], statsOf: (path: string) => SpaceStats = () => STATS) {
  const root = mkdtempSync(join(tmpdir(), "dmon-mounts-"));
  roots.push(root);
  mkdirSync(join(root, "proc/1"), { recursive: true });
  const write = (lines: readonly string[]) => writeFileSync(join(root, "proc/1/mountinfo"), `${lines.join("\n")}\n`);
  write(mountinfo);
  const asked: string[] = [];
  const pending = new Map<string, Done>();
  const calls: StatfsCalls = {
    sync(path) {
      asked.push(path);
      return statsOf(path);
    },
    async(path, done) {
      asked.push(path);
      pending.set(path, done);
    },
  };
  const sink = new RecordingSink();
  const clock = new ManualClock();
  const collection = createHostCollection({
    host: openHost({ procfs: join(root, "proc"), sysfs: join(root, "sys"), rootfs: "/" }),
    factories: [filesystemWith(calls)],
    instance: "i",
    sink,
    clock,
    log: { info() {}, warn() {} },
  });
  const tick = (seconds = 1) => {
    for (let i = 0; i < seconds; i++) {
      clock.advance(1000);
      collection.collect(clock.nowMs());
    }
    return sink.last.samples;
  };
  const answer = (path: string, error: NodeJS.ErrnoException | null = null) => {
    const done = pending.get(path)!;
    pending.delete(path);
    if (error === null) done(null, STATS);
    else done(error);
  };
  return { tick, asked, pending, answer, write };
}

const ROOT = "1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw";
const NFS = (n: number) => `1${n} 1 0:4${n} / /data${n} rw shared:1 - nfs4 nas:/data${n} rw`;

function series(metric: string, device: string, fstype: string, mountpoint: string, error = ""): string {
  const deviceError = error === "" ? "" : `device_error="${error}", `;
  return `node_filesystem_${metric}{device="${device}", ${deviceError}fstype="${fstype}", instance="i", job="node", mountpoint="${mountpoint}"}`;
}

describe("filesystem", () => {
  it("asks local filesystems at once and remote ones aside", () => {
    const { tick, pending, answer } = setUp([ROOT, NFS(1)]);
    let samples = tick();
    expect(samples.get(series("size_bytes", "/dev/sda1", "ext4", "/"))).toBe(409_600);
    expect([...pending.keys()]).toEqual(["/data1"]);
    expect(samples.has(series("device_error", "nas:/data1", "nfs4", "/data1"))).toBe(false);
    answer("/data1");
    samples = tick();
    expect(samples.get(series("avail_bytes", "nas:/data1", "nfs4", "/data1"))).toBe(163_840);
    expect(samples.get(series("device_error", "nas:/data1", "nfs4", "/data1"))).toBe(0);
  });

  it("reports a dead mount, asks it once at a time, goes on with the others, and sees it come back", () => {
    const { tick, asked, answer } = setUp([ROOT, NFS(1)]);
    const samples = tick(60);
    expect(asked.filter((path) => path === "/data1")).toHaveLength(1);
    expect(asked.filter((path) => path === "/")).toHaveLength(60);
    expect(samples.get(series("device_error", "nas:/data1", "nfs4", "/data1", "mountpoint timeout"))).toBe(1);
    expect(samples.has(series("size_bytes", "nas:/data1", "nfs4", "/data1"))).toBe(false);
    expect(samples.get(series("size_bytes", "/dev/sda1", "ext4", "/"))).toBe(409_600);
    answer("/data1");
    const back = tick();
    expect(back.get(series("device_error", "nas:/data1", "nfs4", "/data1", "mountpoint timeout"))).toBe("stale");
    expect(back.get(series("device_error", "nas:/data1", "nfs4", "/data1"))).toBe(0);
  });

  it("never has more than two calls under way that may hang", () => {
    const { tick, pending } = setUp([ROOT, NFS(1), NFS(2), NFS(3), NFS(4)]);
    const samples = tick(60);
    expect(pending.size).toBe(2);
    for (const n of [1, 2, 3, 4]) {
      expect(samples.get(series("device_error", `nas:/data${n}`, "nfs4", `/data${n}`, "mountpoint timeout"))).toBe(1);
    }
  });

  it("asks a local filesystem below a remote one aside, because the way to it may hang", () => {
    const { tick, pending } = setUp([ROOT, NFS(1), "30 11 8:2 / /data1/local rw - ext4 /dev/sdb1 rw"]);
    tick();
    expect([...pending.keys()].sort()).toEqual(["/data1", "/data1/local"]);
  });

  it("reports an error by its text", () => {
    const { tick, answer } = setUp([NFS(1)]);
    tick();
    answer("/data1", Object.assign(new Error("stale"), { code: "ESTALE" }));
    expect(tick().get(series("device_error", "nas:/data1", "nfs4", "/data1", "stale NFS file handle"))).toBe(1);
  });

  it("ends the series of what is unmounted", () => {
    const { tick, write } = setUp([ROOT, "31 1 8:3 / /extra rw - xfs /dev/sdc1 rw"]);
    tick();
    write([ROOT]);
    const samples = tick(10);
    expect(samples.get(series("size_bytes", "/dev/sdc1", "xfs", "/extra"))).toBe("stale");
  });

  it("never says the size of the folder that something was mounted on", () => {
    const sizes = new Map([["/", STATS]]);
    const { tick, write } = setUp([ROOT, "31 1 8:3 / /extra rw - xfs /dev/sdc1 rw"], (path) => sizes.get(path)!);
    sizes.set("/extra", { ...STATS, blocks: 7 });
    expect(tick().get(series("size_bytes", "/dev/sdc1", "xfs", "/extra"))).toBe(7 * 4096);
    sizes.set("/extra", STATS);
    write([ROOT]);
    expect(tick().get(series("size_bytes", "/dev/sdc1", "xfs", "/extra"))).toBe("stale");
  });
});

describe("parseMounts", () => {
  it("reads escapes, options, and strips this program's prefix", () => {
    const text = "36 35 98:0 /a /host/mnt/my\\040disk rw,noatime master:1 - ext3 /dev/root ro,errors=continue\n";
    expect(parseMounts(text, "/host")).toEqual([
      { device: "/dev/root", mountPoint: "/mnt/my disk", fsType: "ext3", major: "98", minor: "0", readOnly: true },
    ]);
  });

  it("keeps the last of several mounts at one place", () => {
    const text = "1 0 0:1 / /x rw - tmpfs a rw\n2 0 0:2 / /y rw - tmpfs b rw\n3 0 0:3 / /x rw - tmpfs c rw\nbroken\n";
    expect(parseMounts(text, "/").map(({ device }) => device)).toEqual(["b", "c"]);
  });
});
