/**
 * What the kernel calls itself and the machine: `node_uname_info`, from `/proc/sys/kernel`.
 *
 * Source: uname(2). In a container these are the container's own host and domain name; the rest is the host's.
 */
import { machine } from "node:os";
import type { CollectorFactory } from "../collector.ts";
import { readTextIfAllowed } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 10_000;

export const uname: CollectorFactory = {
  name: "uname",
  defaultEnabled: true,

  create(host, registry) {
    const info = registry.family(
      "node_uname_info",
      "Labeled system information as provided by the uname system call.",
      "gauge",
      ["sysname", "release", "version", "machine", "nodename", "domainname"],
    );
    const kernel = (name: string) => readTextIfAllowed(host, host.procPath(`sys/kernel/${name}`)) ?? "";
    return slowly(EVERY_MS, (hold) => {
      hold(
        info,
        1,
        kernel("ostype"),
        kernel("osrelease"),
        kernel("version"),
        machine(),
        kernel("hostname"),
        kernel("domainname"),
      );
    }).collect;
  },
};
