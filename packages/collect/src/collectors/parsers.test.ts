/** Parsers of single formats, where a fixture does not show every case. */
import { describe, expect, it } from "vitest";
import { parseNumberList } from "../host/attributes.ts";
import { parseHumanSize } from "../host/human-size.ts";
import { parseHprint } from "./bcache-rate.ts";
import { measureOf } from "./hwmon-measures.ts";
import { parseBackends } from "./ipvs-table.ts";
import { parseMdstat } from "./mdstat.ts";
import { parseMountStats } from "./mountstats-table.ts";

describe("parseMdstat", () => {
  it.each([
    [
      "a stripe without redundancy",
      "md6 : active raid0 sda1[0] sdb1[1]\n      390627328 blocks 512k chunks\n",
      {
        name: "md6",
        state: "active",
        activeDisks: 2,
        requiredDisks: 2,
        blocks: 390_627_328,
        blocksSynced: 390_627_328,
      },
    ],
    [
      "a resync under way",
      "md9 : active raid1 sdc2[2] sdd2[3] sdb2[1] sda2[0] sde[4](F) sdf[5](F) sdg[6](S)\n      523968 blocks super 1.2 [4/4] [UUUU]\n      [>....................]  resync = 0.8% (4304/523968) finish=1.0min speed=4304K/sec\n",
      {
        state: "resync",
        activeDisks: 4,
        requiredDisks: 4,
        failedDisks: 2,
        spareDisks: 1,
        blocks: 523_968,
        blocksSynced: 4304,
      },
    ],
    [
      "a recovery that waits",
      "md8 : active raid1 sdb1[1] sda1[0]\n      195310144 blocks [2/2] [UU]\n      \tresync=DELAYED\n",
      { state: "resync", blocksSynced: 0 },
    ],
    [
      "an array that is not running",
      "md219 : inactive sdb[2](S) sdc[1](S) sda[0](S)\n        7932 blocks super external:imsm\n",
      { state: "inactive", activeDisks: 0, requiredDisks: 0, spareDisks: 3, blocks: 7932 },
    ],
    [
      "an array that may not be written",
      "md127 : active (auto-read-only) raid1 sdi2[0] sdj2[1]\n      312319552 blocks [2/2] [UU]\n",
      { name: "md127", state: "active", activeDisks: 2, requiredDisks: 2 },
    ],
  ])("reads %s", (_, text, expected) => {
    expect(parseMdstat(`Personalities : [raid1]\n${text}\nunused devices: <none>\n`)).toMatchObject([expected]);
  });

  it("finds nothing where there is nothing", () => {
    expect(parseMdstat("Personalities : \nunused devices: <none>\n")).toEqual([]);
  });
});

describe("parseBackends", () => {
  it("reads IPv4, IPv6 and firewall marks", () => {
    const text = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  C0A80016:0CEA wlc
  -> C0A85216:0CEA      Tunnel  100    248        2
FWM  10001000 wlc
  -> [2001:0db8:0000:0000:0001:0000:0000:0001]:0050      Route   20     64         1
`;
    expect(parseBackends(text)).toEqual([
      {
        labels: {
          local_address: "192.168.0.22",
          local_port: "3306",
          local_mark: "",
          proto: "TCP",
          remote_address: "192.168.82.22",
          remote_port: "3306",
        },
        weight: 100,
        active: 248,
        inactive: 2,
      },
      expect.objectContaining({
        labels: expect.objectContaining({
          local_mark: "10001000",
          remote_address: "2001:db8::1:0:0:1",
          remote_port: "80",
        }),
      }),
    ]);
  });
});

describe("sizes", () => {
  it.each([
    ["1.1M/sec", 2 ** 20 + 100 * 1024],
    ["427.5k", 427 * 1024 + 500],
    ["20.4G", 20 * 2 ** 30 + 400 * 2 ** 20],
    ["-3k", -3072],
    ["0", 0],
  ])("of bcache: %s", (text, bytes) => {
    expect(parseHprint(text)).toBe(bytes);
  });

  it.each([
    ["5.51G", Math.trunc(5.51 * 2 ** 30)],
    ["108k", 108 * 1024],
    ["12", 12],
    ["", Number.NaN],
  ])("of bcachefs: %s", (text, bytes) => {
    expect(parseHumanSize(text)).toBe(bytes);
  });
});

describe("parseNumberList", () => {
  it.each([
    ["", []],
    ["3", [3]],
    ["0-2,5,7-8", [0, 1, 2, 5, 7, 8]],
  ])("reads %j", (text, numbers) => {
    expect(parseNumberList(text)).toEqual(numbers);
  });
});

describe("measureOf", () => {
  const none = () => false;

  it.each([
    ["temp", "input", "temp_celsius", 1000],
    ["temp", "crit", "temp_crit_celsius", 1000],
    ["temp", "type", "temp_type", 1],
    ["fan", "target", "fan_target_rpm", 1],
    ["fan", "div", "fan_div", 1],
    ["in", "lcrit_alarm", "in_lcrit_alarm_volts", 1000],
    ["power", "average", "power_average_watt", 1_000_000],
    ["pwm", "", "pwm", 1],
    ["curr", "fault", "curr_fault", 1],
  ])("%s %s is %s", (kind, property, name, divisor) => {
    expect(measureOf(kind, property, none)).toMatchObject({ name, divisor });
  });
});

describe("parseMountStats", () => {
  it("reads each connection, and UDP without its connects", () => {
    const text = `device nas:/a mounted on /a with fstype nfs statvers=1.1
\topts:\trw,vers=3,proto=udp,mountaddr=192.0.2.9
\tage:\t10
\tevents:\t1 2 3
\tbytes:\t4 5 6 7 8 9 10 11
\txprt:\tudp 832 0 100 90 0 600 0 2 3 4
\tper-op statistics
\t        NULL: 1 1 0 40 24 0 0 0
device proc mounted on /proc with fstype proc
`;
    expect(parseMountStats(text)).toEqual([
      {
        device: "nas:/a",
        protocol: "udp",
        mountAddress: "192.0.2.9",
        ageSeconds: 10,
        bytes: [4, 5, 6, 7, 8, 9, 10, 11],
        events: [1, 2, 3],
        transports: [[0, 0, 0, 0, 100, 90, 0, 600, 0, 2, 3, 4]],
        operations: [{ name: "NULL", numbers: [1, 1, 0, 40, 24, 0, 0, 0] }],
      },
    ]);
  });
});
