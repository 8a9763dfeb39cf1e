/**
 * How many cgroups the host has, told by the kernel in one short file: where the number is the same, hardly any has come.
 *
 * Version 1 counts by controller in `/proc/cgroups`, for all containers together; version 2 in `cgroup.stat` of the root.
 * Source: cgroups(7), linux `cgroup-v2.rst`.
 */
import type { Host } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";
import { KeyedFile } from "./cgroup-files.ts";
import type { CgroupLayout } from "./cgroup-layout.ts";

/** @returns what tells the number; NaN where the kernel does not say it */
export function cgroupPopulation(host: Host, layout: CgroupLayout): () => number {
  if (layout.version === "v2") {
    const file = host.file(`${layout.unified}/cgroup.stat`);
    const keys = new KeyedFile(["nr_descendants"]);
    const out = new Float64Array(1);
    return () => {
      const bytes = file.tryRead();
      out[0] = Number.NaN;
      if (bytes !== undefined) keys.parse(bytes, out);
      return out[0];
    };
  }
  const file = host.proc("cgroups");
  return () => {
    const bytes = file.tryRead();
    return bytes === undefined ? Number.NaN : totalOfControllers(bytes);
  };
}

const HASH = 35;
const scan = new ByteScanner();

/** The sum of the third column of `/proc/cgroups`; NaN where there is none. */
export function totalOfControllers(bytes: Uint8Array): number {
  let total = Number.NaN;
  for (scan.over(bytes); !scan.atEnd; scan.nextLine()) {
    if (bytes[scan.pos] === HASH) continue;
    scan.skipFields(2);
    const count = scan.number();
    if (!Number.isNaN(count)) total = (total || 0) + count;
  }
  return total;
}
