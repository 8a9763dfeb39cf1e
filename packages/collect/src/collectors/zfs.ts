/**
 * OpenZFS: its cache, its transactions, its pools and data sets; reads `/proc/spl/kstat/zfs`.
 *
 * A kstat file has two lines of header, then `name type data`. All are untyped, as the kernel does not say what they are.
 * Source: zfs-events(5), the kstat(9S) format.
 */
import type { CollectorFactory, CollectorRegistry, Family, Host } from "../collector.ts";
import { readTextIfAllowed } from "../host/attributes.ts";
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
const INTEGER_TYPES = new Set(["1", "2", "3", "4"]);
const HEADER_LINES = 2;

export const zfs: CollectorFactory = {
  name: "zfs",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.procPath("spl/kstat/zfs");
    if (!host.exists(root)) return undefined;
    const metrics = new Metrics(registry);
    const state = registry.family("node_zfs_zpool_state", "kstat.zfs.misc.state", "gauge", ["zpool", "state"]);

    return slowly(EVERY_MS, (hold) => {
      for (const [file, subsystem] of FILES) {
        for (const { name, value } of readKstat(host, `${root}/${file}`)) {
          hold(metrics.family(subsystem, file, name, []), value);
        }
      }
      for (const pool of host.list(root)) {
        const dir = `${root}/${pool}`;
        const poolState = readTextIfAllowed(host, `${dir}/state`);
        if (poolState !== undefined) {
          for (const each of POOL_STATES) hold(state, poolState.toLowerCase() === each ? 1 : 0, pool, each);
        }
        holdPoolIo(host, dir, pool, metrics, hold);
        for (const file of host.list(dir).filter((name) => name.startsWith("objset-"))) {
          holdDataset(host, `${dir}/${file}`, pool, metrics, hold);
        }
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

interface Kstat {
  readonly name: string;
  readonly value: number;
}

function readKstat(host: Host, path: string): Kstat[] {
  const lines = (readTextIfAllowed(host, path) ?? "").split("\n").slice(HEADER_LINES);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, type = ""]) => INTEGER_TYPES.has(type))
    .map(([name = "", , value = ""]) => ({ name, value: Number(value) }));
}

/** The pool's own I/O: a line of header, a line of names, a line of values. */
function holdPoolIo(host: Host, dir: string, pool: string, metrics: Metrics, hold: Hold): void {
  const [, names = "", values = ""] = (readTextIfAllowed(host, `${dir}/io`) ?? "").split("\n");
  const numbers = values.trim().split(/\s+/).map(Number);
  names
    .trim()
    .split(/\s+/)
    .forEach((name, i) => {
      const value = numbers[i];
      if (name !== "" && value !== undefined) hold(metrics.family("zfs_zpool", "io", name, ["zpool"]), value, pool);
    });
}

function holdDataset(host: Host, path: string, pool: string, metrics: Metrics, hold: Hold): void {
  const text = readTextIfAllowed(host, path) ?? "";
  const dataset = /^dataset_name\s+\S+\s+(\S+)$/m.exec(text)?.[1];
  if (dataset === undefined) return;
  for (const { name, value } of readKstat(host, path)) {
    hold(metrics.family("zfs_zpool_dataset", "objset", name, ["zpool", "dataset"]), value, pool, dataset);
  }
}
