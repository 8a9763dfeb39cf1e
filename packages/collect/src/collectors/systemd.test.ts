import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { openHost } from "../host/host.ts";
import { createHostCollection } from "../host-collection.ts";
import { printFamilies } from "../testing/exposition-text.ts";
import { RecordingSink } from "../testing/recording-sink.ts";
import { systemdWith } from "./systemd.ts";
import { readSystemd } from "./systemd-units.ts";

const MANAGER = "Version=252.26-1~deb12u2\nSystemState=degraded\nVirtualization=kvm\n";
const UNITS = `Type=notify
NRestarts=3
TasksCurrent=7
TasksMax=4915
Id=ssh.service
LoadState=loaded
ActiveState=active
ActiveEnterTimestamp=@1700000000

Type=oneshot
NRestarts=0
TasksCurrent=[not set]
TasksMax=infinity
Id=backup.service
LoadState=loaded
ActiveState=failed
ActiveEnterTimestamp=

LastTriggerUSec=@1700000100
Id=backup.timer
LoadState=loaded
ActiveState=active
ActiveEnterTimestamp=@1690000000

NAccepted=12
NConnections=1
NRefused=2
Id=api.socket
LoadState=loaded
ActiveState=active

Id=dev-sda.device
LoadState=loaded
ActiveState=active

Id=gone.service
LoadState=not-found
ActiveState=inactive
`;

describe("systemd", () => {
  it("says what systemctl says", async () => {
    const rootfs = mkdtempSync(join(tmpdir(), "dmon-systemd-"));
    mkdirSync(join(rootfs, "run/systemd/system"), { recursive: true });
    const host = openHost({ procfs: "/proc", sysfs: "/sys", rootfs });
    const clock = new ManualClock();
    const options = { enableTaskMetrics: true, enableRestartsMetrics: true, enableStartTimeMetrics: true };
    const collection = createHostCollection({
      host,
      factories: [systemdWith(() => readSystemd(async (args) => (args.includes("*") ? UNITS : MANAGER)))],
      collectors: { systemd: { enabled: true, options } },
      instance: "i",
      sink: new RecordingSink(),
      clock,
      log: { info() {}, warn() {} },
    });
    collection.collect(0);
    await collection.settled();
    clock.advance(1000);
    collection.collect(1000);
    const text = printFamilies(collection.families().filter(({ name }) => name.startsWith("node_systemd")));
    expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#") && !line.endsWith(" 0"))).toEqual([
      'node_systemd_service_restart_total{name="ssh.service"} 3',
      'node_systemd_socket_accepted_connections_total{name="api.socket"} 12',
      'node_systemd_socket_current_connections{name="api.socket"} 1',
      'node_systemd_socket_refused_connections_total{name="api.socket"} 2',
      'node_systemd_timer_last_trigger_seconds{name="backup.timer"} 1.7000001e+09',
      'node_systemd_unit_start_time_seconds{name="backup.timer"} 1.69e+09',
      'node_systemd_unit_start_time_seconds{name="ssh.service"} 1.7e+09',
      'node_systemd_unit_state{name="api.socket",state="active"} 1',
      'node_systemd_unit_state{name="backup.service",state="failed",type="oneshot"} 1',
      'node_systemd_unit_state{name="backup.timer",state="active"} 1',
      'node_systemd_unit_state{name="ssh.service",state="active",type="notify"} 1',
      'node_systemd_unit_tasks_current{name="ssh.service"} 7',
      'node_systemd_unit_tasks_max{name="ssh.service"} 4915',
      'node_systemd_units{state="active"} 4',
      'node_systemd_units{state="failed"} 1',
      'node_systemd_version{version="252.26-1~deb12u2"} 252.26',
      'node_systemd_virtualization_info{virtualization_type="kvm"} 1',
    ]);
    rmSync(rootfs, { recursive: true });
  });
});
