/**
 * What the kernel calls itself and the machine: `node_uname_info`, from `/proc/sys/kernel`.
 *
 * Source: uname(2). The kernel tells a container its own host name; where the host's root is mounted, `/etc/hostname` there
 * has the host's.
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
    const inContainer = host.rootPath("") !== "/";
    const nodename = () =>
      (inContainer ? readTextIfAllowed(host, host.rootPath("etc/hostname")) : undefined) ?? kernel("hostname");
    return slowly(EVERY_MS, (hold) => {
      hold(
        info,
        1,
        kernel("ostype"),
        kernel("osrelease"),
        kernel("version"),
        machine(),
        nodename(),
        kernel("domainname"),
      );
    }).collect;
  },
};
