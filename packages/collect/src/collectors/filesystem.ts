/**
 * Space and inodes of mounted filesystems: statfs(2) of each mount that the patterns let through.
 *
 * A local filesystem answers from memory and is asked at every collection. One that lives on the network, or below such a
 * mount point, may not answer at all: it is asked on the thread pool, once at a time, and reported with `device_error` while
 * it is silent. Two such calls at most are under way, so that dead mounts cannot use up the pool that everything else needs.
 */
import { type StatsFs, statfs, statfsSync } from "node:fs";
import type { BatchWriter, Collector, CollectorFactory, Family, OptionsOf, Slot } from "../collector.ts";
import { compilePattern, nameFilter } from "../pattern.ts";
import { type Mount, MountTable } from "./filesystem-mounts.ts";

/** How often the table of mounts is read, which takes the kernel 2 µs a mount, and a remote filesystem asked, ms. */
const MOUNTS_EVERY_MS = 10_000;
const REMOTE_EVERY_MS = 5000;
/** A remote filesystem that is silent for longer is in error, ms. */
const REMOTE_LIMIT_MS = 5000;
const MAX_IN_FLIGHT = 2;
const SILENT = "mountpoint timeout";

/** Filesystems whose statfs needs nobody else's answer. */
const LOCAL = new Set(
  "ext2 ext3 ext4 xfs btrfs f2fs jfs reiserfs nilfs2 zfs bcachefs tmpfs ramfs devtmpfs vfat msdos exfat ntfs ntfs3 hfs hfsplus udf iso9660 squashfs erofs overlay aufs efivarfs ubifs jffs2 minix".split(
    " ",
  ),
);

const options = {
  mountPointsExclude: {
    default: "^/(dev|proc|run|sys|mnt|media|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)",
    describe: "Mount points to leave out.",
    isPattern: true,
  },
  mountPointsInclude: { default: "", describe: "Mount points to keep; excludes mountPointsExclude.", isPattern: true },
  fsTypesExclude: {
    default:
      "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$",
    describe: "Filesystem types to leave out.",
    isPattern: true,
  },
  fsTypesInclude: { default: "", describe: "Filesystem types to keep; excludes fsTypesExclude.", isPattern: true },
} as const;
type FilesystemOptions = OptionsOf<typeof options>;

/** What is needed of statfs(2); sizes in blocks. */
export type SpaceStats = Pick<StatsFs, "bsize" | "blocks" | "bfree" | "bavail" | "files" | "ffree">;

/** Asks a filesystem for its numbers; a test gives another. */
export interface StatfsCalls {
  sync(path: string): SpaceStats;
  async(path: string, done: (error: NodeJS.ErrnoException | null, stats?: SpaceStats) => void): void;
}

const SYSTEM_CALLS: StatfsCalls = { sync: (path) => statfsSync(path), async: (path, done) => statfs(path, done) };

export const filesystem = filesystemWith(SYSTEM_CALLS);

export function filesystemWith(calls: StatfsCalls): CollectorFactory<FilesystemOptions> {
  return {
    name: "filesystem",
    defaultEnabled: true,
    options,

    create(host, registry, chosen) {
      const keepsMount = nameFilter(
        chosen.mountPointsInclude,
        chosen.mountPointsInclude === "" ? chosen.mountPointsExclude : "",
      );
      const keepsType =
        chosen.fsTypesInclude === "" ? negated(chosen.fsTypesExclude) : compilePattern(chosen.fsTypesInclude);
      const gauge = (name: string, help: string) =>
        registry.family(`node_filesystem_${name}`, help, "gauge", ["device", "mountpoint", "fstype", "device_error"]);
      const families: Families = {
        error: gauge("device_error", "Whether an error occurred while getting statistics for the given device."),
        readOnly: gauge("readonly", "Filesystem read-only status."),
        size: gauge("size_bytes", "Filesystem size in bytes."),
        free: gauge("free_bytes", "Filesystem free space in bytes."),
        available: gauge("avail_bytes", "Filesystem space available to non-root users in bytes."),
        files: gauge("files", "Filesystem total file nodes."),
        filesFree: gauge("files_free", "Filesystem total free file nodes."),
        purgeable: gauge("purgeable_bytes", "Filesystem space available including purgeable space (MacOS specific)."),
        mountInfo: registry.family("node_filesystem_mount_info", "Filesystem mount information.", "gauge", [
          "device",
          "major",
          "minor",
          "mountpoint",
        ]),
      };
      const table = new MountTable(host);
      return new Filesystems(
        () => table.readWhereChanged()?.map((mount) => ({ ...mount, path: host.rootPath(mount.mountPoint) })),
        (mount) => keepsMount(mount.mountPoint) && keepsType(mount.fsType),
        families,
        calls,
      );
    },
  };
}

function negated(pattern: string): (name: string) => boolean {
  if (pattern === "") return () => true;
  const matches = compilePattern(pattern);
  return (name) => !matches(name);
}

interface Families {
  readonly error: Family;
  readonly readOnly: Family;
  readonly size: Family;
  readonly free: Family;
  readonly available: Family;
  readonly files: Family;
  readonly filesFree: Family;
  readonly purgeable: Family;
  readonly mountInfo: Family;
}

interface LocatedMount extends Mount {
  /** The mount point on this program's side. */
  readonly path: string;
}

class Filesystems implements Collector {
  readonly #read: () => LocatedMount[] | undefined;
  readonly #keeps: (mount: Mount) => boolean;
  readonly #families: Families;
  readonly #calls: StatfsCalls;
  #watched = new Map<string, Watched>();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #inFlight = 0;

  /** @param read the table of mounts where it changed since the last call */
  constructor(
    read: () => LocatedMount[] | undefined,
    keeps: (mount: Mount) => boolean,
    families: Families,
    calls: StatfsCalls,
  ) {
    this.#read = read;
    this.#keeps = keeps;
    this.#families = families;
    this.#calls = calls;
  }

  collect(batch: BatchWriter): void {
    const nowMs = batch.monotonicMs;
    if (nowMs >= this.#readAtMs + MOUNTS_EVERY_MS) this.#readTable(nowMs);
    // Another size: another filesystem, that of the folder which was mounted on or is mounted on no more.
    if (this.#askLocal() && this.#readAtMs !== nowMs) {
      this.#readTable(nowMs);
      this.#askLocal();
    }
    for (const watched of this.#watched.values()) {
      if (!watched.local) this.#askAside(watched, nowMs);
      watched.write(batch);
    }
  }

  /** @returns whether one of them has another size than before */
  #askLocal(): boolean {
    let changed = false;
    for (const watched of this.#watched.values()) {
      if (watched.local && watched.askNow(this.#calls)) changed = true;
    }
    return changed;
  }

  #readTable(nowMs: number): void {
    this.#readAtMs = nowMs;
    const mounts = this.#read();
    if (mounts === undefined) return;
    const watched = new Map<string, Watched>();
    for (const mount of mounts) {
      if (!this.#keeps(mount)) continue;
      const key = JSON.stringify(mount);
      watched.set(key, this.#watched.get(key) ?? new Watched(mount, isLocal(mount, mounts), this.#families));
    }
    for (const [key, gone] of this.#watched) if (!watched.has(key)) gone.release();
    this.#watched = watched;
  }

  /** Begins a call where one is due and a place is free; marks what stays silent. */
  #askAside(watched: Watched, nowMs: number): void {
    if (watched.askedAtMs !== undefined) {
      if (nowMs - watched.askedAtMs > REMOTE_LIMIT_MS) watched.failed(SILENT);
      return;
    }
    if (nowMs < watched.dueMs) return;
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      if (nowMs - watched.dueMs > REMOTE_LIMIT_MS) watched.failed(SILENT);
      return;
    }
    this.#inFlight++;
    watched.askedAtMs = nowMs;
    watched.dueMs = nowMs + REMOTE_EVERY_MS;
    this.#calls.async(watched.mount.path, (error, stats) => {
      this.#inFlight--;
      watched.askedAtMs = undefined;
      if (stats !== undefined) watched.answered(stats);
      else watched.failed(errorText(error));
    });
  }
}

/** True where neither the filesystem nor any that its mount point lies in can hang. */
function isLocal(mount: Mount, all: readonly Mount[]): boolean {
  return all.every(
    (other) =>
      LOCAL.has(other.fsType) ||
      KERNEL_OWN.has(other.fsType) ||
      !(other.mountPoint === mount.mountPoint || mount.mountPoint.startsWith(`${other.mountPoint}/`)),
  );
}

/** Mounts of the kernel's own that others lie in. */
const KERNEL_OWN = new Set(["sysfs", "proc", "cgroup", "cgroup2", "devpts", "securityfs", "debugfs", "tracefs", "bpf"]);

class Watched {
  readonly mount: LocatedMount;
  readonly local: boolean;
  readonly #families: Families;
  /** When the call under way began; undefined where none is. */
  askedAtMs: number | undefined;
  dueMs = Number.NEGATIVE_INFINITY;
  #stats: SpaceStats | undefined;
  /** "" while it answers. */
  #error = "";
  /** Slots for the error that is being reported, in the order of {@link Watched.#allocate}. */
  #slots: { readonly families: readonly Family[]; readonly slots: readonly Slot[]; readonly error: string } | undefined;

  constructor(mount: LocatedMount, local: boolean, families: Families) {
    this.mount = mount;
    this.local = local;
    this.#families = families;
  }

  /** @returns whether it has another size than before, or fails for the first time */
  askNow(calls: StatfsCalls): boolean {
    const before = this.#stats;
    try {
      this.answered(calls.sync(this.mount.path));
    } catch (error) {
      this.failed(errorText(error as NodeJS.ErrnoException));
    }
    return before !== undefined && before.blocks !== this.#stats?.blocks;
  }

  answered(stats: SpaceStats): void {
    this.#stats = stats;
    this.#error = "";
  }

  failed(error: string): void {
    this.#stats = undefined;
    this.#error = error;
  }

  write(batch: BatchWriter): void {
    const stats = this.#stats;
    // Not asked for the first time yet.
    if (stats === undefined && this.#error === "") return;
    if (this.#slots?.error !== this.#error) this.#allocate();
    const [error, readOnly, size, free, available, files, filesFree, purgeable, mountInfo] = this.#slots!.slots;
    batch.set(error!, stats === undefined ? 1 : 0);
    batch.set(readOnly!, stats !== undefined && this.mount.readOnly ? 1 : 0);
    if (stats === undefined) return;
    const { bsize } = stats;
    batch.set(size!, stats.blocks * bsize);
    batch.set(free!, stats.bfree * bsize);
    batch.set(available!, stats.bavail * bsize);
    batch.set(files!, stats.files);
    batch.set(filesFree!, stats.ffree);
    batch.set(purgeable!, 0);
    batch.set(mountInfo!, 1);
  }

  release(): void {
    this.#slots?.slots.forEach((slot, i) => {
      this.#slots!.families[i]!.release(slot);
    });
    this.#slots = undefined;
  }

  #allocate(): void {
    this.release();
    const { device, mountPoint, fsType, major, minor } = this.mount;
    const { error, readOnly, size, free, available, files, filesFree, purgeable, mountInfo } = this.#families;
    const labelled = [error, readOnly];
    if (this.#error === "") labelled.push(size, free, available, files, filesFree, purgeable);
    const slots = labelled.map((family) => family.slot(device, mountPoint, fsType, this.#error));
    if (this.#error !== "") {
      this.#slots = { families: labelled, slots, error: this.#error };
      return;
    }
    slots.push(mountInfo.slot(device, major, minor, mountPoint));
    this.#slots = { families: [...labelled, mountInfo], slots, error: "" };
  }
}

const ERROR_TEXTS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EIO: "input/output error",
  ESTALE: "stale NFS file handle",
  ENOTCONN: "transport endpoint is not connected",
  EHOSTDOWN: "host is down",
};

/** The system's words for an error, as a label. */
function errorText(error: NodeJS.ErrnoException | null): string {
  return ERROR_TEXTS[error?.code ?? ""] ?? error?.code ?? "unknown error";
}
