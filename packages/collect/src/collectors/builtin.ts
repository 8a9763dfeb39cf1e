/** All collectors, in the order in which they run. One line each: a new collector is a file and a line here. */
import type { AnyCollectorFactory } from "../collector.ts";
import { arp } from "./arp.ts";
import { bcache } from "./bcache.ts";
import { bcachefs } from "./bcachefs.ts";
import { bonding } from "./bonding.ts";
import { btrfs } from "./btrfs.ts";
import { cgroups } from "./cgroups.ts";
import { conntrack } from "./conntrack.ts";
import { cpu } from "./cpu.ts";
import { cpufreq } from "./cpufreq.ts";
import { diskstats } from "./diskstats.ts";
import { dmi } from "./dmi.ts";
import { edac } from "./edac.ts";
import { entropy } from "./entropy.ts";
import { ethtool } from "./ethtool.ts";
import { fibrechannel } from "./fibrechannel.ts";
import { filefd } from "./filefd.ts";
import { filesystem } from "./filesystem.ts";
import { hwmon } from "./hwmon.ts";
import { infiniband } from "./infiniband.ts";
import { interrupts } from "./interrupts.ts";
import { ipvs } from "./ipvs.ts";
import { kernelHung } from "./kernel-hung.ts";
import { loadavg } from "./loadavg.ts";
import { mdadm } from "./mdadm.ts";
import { meminfo } from "./meminfo.ts";
import { mountstats } from "./mountstats.ts";
import { netclass } from "./netclass.ts";
import { netdev } from "./netdev.ts";
import { netstat } from "./netstat.ts";
import { nfs } from "./nfs.ts";
import { nfsd } from "./nfsd.ts";
import { nvme } from "./nvme.ts";
import { os } from "./os.ts";
import { powerSupply } from "./power-supply.ts";
import { pressure } from "./pressure.ts";
import { processes } from "./processes.ts";
import { rapl } from "./rapl.ts";
import { schedstat } from "./schedstat.ts";
import { self } from "./self.ts";
import { selinux } from "./selinux.ts";
import { sockstat } from "./sockstat.ts";
import { softirqs } from "./softirqs.ts";
import { softnet } from "./softnet.ts";
import { stat } from "./stat.ts";
import { swap } from "./swap.ts";
import { systemd } from "./systemd.ts";
import { tapestats } from "./tapestats.ts";
import { tcpstat } from "./tcpstat.ts";
import { textfile } from "./textfile.ts";
import { thermalZone } from "./thermal-zone.ts";
import { time } from "./time.ts";
import { timex } from "./timex.ts";
import { udpQueues } from "./udp-queues.ts";
import { uname } from "./uname.ts";
import { vmstat } from "./vmstat.ts";
import { watchdog } from "./watchdog.ts";
import { xfs } from "./xfs.ts";
import { zfs } from "./zfs.ts";

export const builtinCollectors: readonly AnyCollectorFactory[] = [
  arp,
  bcache,
  bcachefs,
  bonding,
  btrfs,
  cgroups,
  conntrack,
  cpu,
  cpufreq,
  diskstats,
  dmi,
  edac,
  entropy,
  ethtool,
  fibrechannel,
  filefd,
  filesystem,
  hwmon,
  infiniband,
  interrupts,
  ipvs,
  kernelHung,
  loadavg,
  mdadm,
  meminfo,
  mountstats,
  netclass,
  netdev,
  netstat,
  nfs,
  nfsd,
  nvme,
  os,
  powerSupply,
  pressure,
  processes,
  rapl,
  schedstat,
  self,
  selinux,
  sockstat,
  softirqs,
  softnet,
  stat,
  swap,
  systemd,
  tapestats,
  tcpstat,
  textfile,
  thermalZone,
  time,
  timex,
  udpQueues,
  uname,
  vmstat,
  watchdog,
  xfs,
  zfs,
];
