/**
 * OpenZFS: its cache, its transactions, its pools and data sets; reads `/proc/spl/kstat/zfs`.
 *
 * A kstat file has two lines of header, then `name type data`. All are untyped, as the kernel does not say what they are.
 * Source: zfs-events(5), the kstat(9S) format.
 */
import type { CollectorFactory, CollectorRegistry, Family, Host } from "../collector.ts";
import { readBytesIfAllowed, readTextIfAllowed } from "../host/attributes.ts";
import { ByteScanner, trimmedText } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";
import { type Hold, slowly } from "../slowly.ts";

const EVERY_MS = 5000;

/** File, subsystem of the metrics' names. */
const FILES = [
  ["abdstats", "zfs_abd"],
  ["arcstats", "zfs_arc"],
  ["dbufstats", "zfs_dbuf"],
  ["dmu_tx", "zfs_dmu_tx"],
  ["dnodestats", "zfs_dnode"],
  ["fm", "zfs_fm"],
  ["vdev_cache_stats", "zfs_vdev_cache"],
  ["vdev_mirror_stats", "zfs_vdev_mirror"],
  ["xuio_stats", "zfs_xuio"],
  ["zfetchstats", "zfs_zfetch"],
  ["zil", "zfs_zil"],
] as const;
const POOL_STATES = ["online", "degraded", "faulted", "offline", "removed", "unavail", "suspended"];
/** kstat data types whose values are integers: int32, uint32, int64, uint64. */
const FIRST_INTEGER_TYPE = 1;
const LAST_INTEGER_TYPE = 4;
const HEADER_LINES = 2;

export const zfs: CollectorFactory = {
  name: "zfs",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.procPath("spl/kstat/zfs");
    if (!host.exists(root)) return undefined;
    const metrics = new Metrics(registry);
    const state = registry.family("node_zfs_zpool_state", "kstat.zfs.misc.state", "gauge", ["zpool", "state"]);

    const files = FILES.map(([file, subsystem]) => {
      const rows = new KstatRows((name) => metrics.family(subsystem, file, name, []));
      return (hold: Hold) => rows.hold(readBytesIfAllowed(host, `${root}/${file}`), hold);
    });
    let pools = new Map<string, Pool>();
    /** Beside the pools' directories there are only the files of the module itself. */
    const noPools = new Set<string>();
    const isPool = (name: string) => {
      if (noPools.has(name)) return false;
      if (pools.has(name) || host.exists(`${root}/${name}/state`)) return true;
      noPools.add(name);
      return false;
    };

    return slowly(EVERY_MS, (hold) => {
      for (const holdFile of files) holdFile(hold);
      const names = host.list(root).filter(isPool);
      pools = new Map(names.map((name) => [name, pools.get(name) ?? new Pool(host, `${root}/${name}`, name, metrics)]));
      for (const [name, pool] of pools) {
        const poolState = readTextIfAllowed(host, `${root}/${name}/state`)?.toLowerCase();
        if (poolState !== undefined)
          for (const each of POOL_STATES) hold(state, poolState === each ? 1 : 0, name, each);
        pool.hold(hold);
      }
    }).collect;
  },
};

/** Families by name; a name is made where it is first met. */
class Metrics {
  readonly #registry: CollectorRegistry;
  readonly #families = new Map<string, Family>();

  constructor(registry: CollectorRegistry) {
    this.#registry = registry;
  }

  family(subsystem: string, file: string, name: string, labels: readonly string[]): Family {
    const key = `${file}.${name}`;
    const known = this.#families.get(key);
    if (known !== undefined) return known;
    const metric = `node_${subsystem}_${name.replace(/[^a-zA-Z0-9_]/g, "_")}`;
    const family = this.#registry.family(metric, `kstat.zfs.misc.${file}.${name}`, "unknown", labels);
    this.#families.set(key, family);
    return family;
  }
}

/** One kstat file: a family for each of its rows. */
class KstatRows {
  readonly #scanner = new ByteScanner();
  readonly #rows: KeyTable<Family>;

  constructor(familyOf: (name: string) => Family) {
    this.#rows = new KeyTable(familyOf);
  }

  hold(bytes: Uint8Array | undefined, hold: Hold, ...labels: string[]): void {
    if (bytes === undefined) return;
    const scanner = this.#scanner.over(bytes);
    for (let i = 0; i < HEADER_LINES; i++) scanner.nextLine();
    this.#rows.rewind();
    for (; !scanner.atEnd; scanner.nextLine()) {
      if (!scanner.field()) continue;
      const { fieldStart, fieldEnd } = scanner;
      const type = scanner.number();
      if (!(type >= FIRST_INTEGER_TYPE && type <= LAST_INTEGER_TYPE)) continue;
      const value = scanner.number();
      hold(this.#rows.find(bytes, fieldStart, fieldEnd), value, ...labels);
    }
  }
}

class Pool {
  readonly #host: Host;
  readonly #dir: string;
  readonly #name: string;
  readonly #metrics: Metrics;
  /** By file. */
  readonly #datasets = new Map<string, KstatRows>();

  constructor(host: Host, dir: string, name: string, metrics: Metrics) {
    this.#host = host;
    this.#dir = dir;
    this.#name = name;
    this.#metrics = metrics;
  }

  hold(hold: Hold): void {
    this.#holdIo(hold);
    for (const file of this.#host.list(this.#dir)) if (file.startsWith("objset-")) this.#holdDataset(file, hold);
  }

  /** The pool's own I/O: a line of header, a line of names, a line of values. */
  #holdIo(hold: Hold): void {
    const [, names = "", values = ""] = (readTextIfAllowed(this.#host, `${this.#dir}/io`) ?? "").split("\n");
    const numbers = values.trim().split(/\s+/).map(Number);
    names
      .trim()
      .split(/\s+/)
      .forEach((name, i) => {
        const value = numbers[i];
        if (name === "" || value === undefined) return;
        hold(this.#metrics.family("zfs_zpool", "io", name, ["zpool"]), value, this.#name);
      });
  }

  #holdDataset(file: string, hold: Hold): void {
    const bytes = readBytesIfAllowed(this.#host, `${this.#dir}/${file}`);
    if (bytes === undefined) return;
    // A data set may be renamed.
    const name = datasetName(bytes);
    if (name === undefined) return;
    const rows =
      this.#datasets.get(file) ??
      new KstatRows((row) => this.#metrics.family("zfs_zpool_dataset", "objset", row, ["zpool", "dataset"]));
    this.#datasets.set(file, rows);
    rows.hold(bytes, hold, this.#name, name);
  }
}

/** The value of the row `dataset_name`; undefined where there is none. Names may be long, so all of the file is text here. */
function datasetName(bytes: Uint8Array): string | undefined {
  return /^dataset_name\s+\S+\s+(\S+)$/m.exec(trimmedText(bytes))?.[1];
}
