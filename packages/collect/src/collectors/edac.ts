/**
 * Memory errors that were found and corrected, or not: reads `/sys/devices/system/edac/mc`.
 *
 * Source: the kernel's Documentation/driver-api/edac.rst.
 */
import type { CollectorFactory } from "../collector.ts";
import { readInteger } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 5000;

export const edac: CollectorFactory = {
  name: "edac",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("devices/system/edac/mc");
    const controllers = () => host.list(root).filter((name) => /^mc\d+$/.test(name));
    if (controllers().length === 0) return undefined;
    const counter = (name: string, help: string, ...labels: string[]) =>
      registry.family(`node_edac_${name}_total`, help, "counter", ["controller", ...labels]);
    const corrected = counter("correctable_errors", "Total correctable memory errors.");
    const uncorrected = counter("uncorrectable_errors", "Total uncorrectable memory errors.");
    const rowCorrected = counter(
      "csrow_correctable_errors",
      "Total correctable memory errors for this csrow.",
      "csrow",
    );
    const rowUncorrected = counter(
      "csrow_uncorrectable_errors",
      "Total uncorrectable memory errors for this csrow.",
      "csrow",
    );

    return slowly(EVERY_MS, (hold) => {
      for (const name of controllers()) {
        const controller = name.slice("mc".length);
        const dir = `${root}/${name}`;
        const count = (file: string) => readInteger(host, `${dir}/${file}`) ?? 0;
        hold(corrected, count("ce_count"), controller);
        hold(rowCorrected, count("ce_noinfo_count"), controller, "unknown");
        hold(uncorrected, count("ue_count"), controller);
        hold(rowUncorrected, count("ue_noinfo_count"), controller, "unknown");
        for (const row of host.list(dir)) {
          const number = /^csrow(\d+)$/.exec(row)?.[1];
          if (number === undefined) continue;
          hold(rowCorrected, count(`${row}/ce_count`), controller, number);
          hold(rowUncorrected, count(`${row}/ue_count`), controller, number);
        }
      }
    }).collect;
  },
};
