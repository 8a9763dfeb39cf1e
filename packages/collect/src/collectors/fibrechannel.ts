/**
 * Fibre Channel host adapters: reads `/sys/class/fc_host/<host>`.
 *
 * Statistics are hexadecimal; all bits set means that the adapter does not count that.
 * Source: the kernel's Documentation/ABI/testing/sysfs-class-fc_host.
 */
import type { CollectorFactory } from "../collector.ts";
import { RareTexts, readTextAside } from "../host/read-aside.ts";
import { aside } from "../slowly.ts";

const EVERY_MS = 5000;
const NOT_COUNTED = 2 ** 64;

/** Attribute, metric, help. */
const STATISTICS = [
  ["dumped_frames", "dumped_frames_total", "Number of dumped frames"],
  ["error_frames", "error_frames_total", "Number of errors in frames"],
  ["invalid_crc_count", "invalid_crc_total", "Invalid Cyclic Redundancy Check count"],
  ["rx_frames", "rx_frames_total", "Number of frames received"],
  ["rx_words", "rx_words_total", "Number of words received by host port"],
  ["tx_frames", "tx_frames_total", "Number of frames transmitted by host port"],
  ["tx_words", "tx_words_total", "Number of words transmitted by host port"],
  ["seconds_since_last_reset", "seconds_since_last_reset_total", "Number of seconds since last host port reset"],
  ["invalid_tx_word_count", "invalid_tx_words_total", "Number of invalid words transmitted by host port"],
  ["link_failure_count", "link_failure_total", "Number of times the host port link has failed"],
  ["loss_of_sync_count", "loss_of_sync_total", "Number of failures on either bit or transmission word boundaries"],
  ["loss_of_signal_count", "loss_of_signal_total", "Number of times signal has been lost"],
  ["nos_count", "nos_total", "Number Not_Operational Primitive Sequence received by host port"],
  ["fcp_packet_aborts", "fcp_packet_aborts_total", "Number of aborted packets"],
] as const;

/** In the order of the labels. */
const TEXTS = [
  "speed",
  "port_state",
  "port_type",
  "port_id",
  "port_name",
  "fabric_name",
  "symbolic_name",
  "supported_classes",
  "supported_speeds",
  "dev_loss_tmo",
];

export const fibrechannel: CollectorFactory = {
  name: "fibrechannel",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("class/fc_host");
    if (host.list(root).length === 0) return undefined;
    const families = STATISTICS.map(
      ([file, name, help]) =>
        [file, registry.family(`node_fibrechannel_${name}`, help, "counter", ["fc_host"])] as const,
    );
    const info = registry.family(
      "node_fibrechannel_info",
      "Non-numeric data from /sys/class/fc_host/<host>, value is always 1.",
      "gauge",
      ["fc_host", ...TEXTS],
    );
    const rare = new RareTexts(host);
    return aside(EVERY_MS, async (hold) => {
      rare.next();
      for (const name of host.list(root)) {
        const texts: string[] = [];
        for (const file of TEXTS) {
          const path = `${root}/${name}/${file}`;
          const text = (await (file === "port_state" ? readTextAside(host, path) : rare.text(path))) ?? "";
          texts.push(text.replace(/^0x/, ""));
        }
        hold(info, 1, name, ...texts);
        for (const [file, family] of families) {
          const value = Number((await readTextAside(host, `${root}/${name}/statistics/${file}`)) ?? Number.NaN);
          if (value < NOT_COUNTED) hold(family, value, name);
        }
      }
    });
  },
};
