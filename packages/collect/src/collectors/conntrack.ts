/**
 * Connection tracking: how full the table is, and what became of packets; reads `/proc/sys/net/netfilter` and
 * `/proc/net/stat/nf_conntrack` (hexadecimal, one line a CPU, summed here).
 */
import type { CollectorFactory, Slot } from "../collector.ts";
import { asciiText, ByteScanner, decimalOf } from "../host/bytes.ts";
import { seldom } from "../slowly.ts";

/** Someone sets the limit, seldom. */
const LIMIT_EVERY_MS = 5000;

/** Column of the file, metric, help. */
const STATISTICS = [
  ["found", "Number of searched entries which were successful."],
  ["invalid", "Number of packets seen which can not be tracked."],
  ["ignore", "Number of packets seen which are already connected to a conntrack entry."],
  ["insert", "Number of entries inserted into the list."],
  ["insert_failed", "Number of entries for which list insertion was attempted but failed."],
  ["drop", "Number of packets dropped due to conntrack failure."],
  ["early_drop", "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached."],
  ["search_restart", "Number of conntrack table lookups which had to be restarted due to hashtable resizes."],
] as const;

export const conntrack: CollectorFactory = {
  name: "conntrack",
  defaultEnabled: true,

  create(host, registry) {
    if (!host.exists(host.procPath("sys/net/netfilter/nf_conntrack_count"))) return undefined;
    const countFile = host.proc("sys/net/netfilter/nf_conntrack_count");
    const limitFile = host.proc("sys/net/netfilter/nf_conntrack_max");
    const statisticsFile = host.procNet("stat/nf_conntrack");
    const entries = registry.gauge(
      "node_nf_conntrack_entries",
      "Number of currently allocated flow entries for connection tracking.",
    );
    const limit = registry.gauge("node_nf_conntrack_entries_limit", "Maximum size of connection tracking table.");
    const readLimit = seldom(LIMIT_EVERY_MS, () => decimalOf(limitFile.read()));
    const scanner = new ByteScanner();
    let columns: readonly (Slot | undefined)[] | undefined;
    let sums = new Float64Array(0);

    function learn(bytes: Uint8Array): readonly (Slot | undefined)[] {
      const names = asciiText(bytes).split("\n", 1)[0]!.trim().split(/\s+/);
      sums = new Float64Array(names.length);
      return names.map((name) => {
        const statistic = STATISTICS.find(([wanted]) => wanted === name);
        return statistic && registry.gauge(`node_nf_conntrack_stat_${name}`, statistic[1]);
      });
    }

    return (batch) => {
      batch.set(entries, decimalOf(countFile.read()));
      batch.set(limit, readLimit(batch));
      const bytes = statisticsFile.tryRead();
      if (bytes === undefined) return;
      columns ??= learn(bytes);
      sums.fill(0);
      scanner.over(bytes);
      scanner.nextLine();
      while (!scanner.atEnd) {
        for (let i = 0; i < sums.length; i++) {
          const value = scanner.hex();
          if (!Number.isNaN(value)) sums[i] = sums[i]! + value;
        }
        scanner.nextLine();
      }
      for (let i = 0; i < sums.length; i++) {
        const slot = columns[i];
        if (slot !== undefined) batch.set(slot, sums[i]!);
      }
    };
  },
};
