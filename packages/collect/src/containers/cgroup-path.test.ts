import { describe, expect, it } from "vitest";
import { identifyCgroup, mayHoldOthers } from "./cgroup-path.ts";

const ID = "4d0c".repeat(16);
const POD = "0f5a2b1c-1111-2222-3333-444455556666";
const SLICE = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD.replaceAll("-", "_")}.slice`;

describe("what a cgroup is", () => {
  it.each([
    [`/docker/${ID}`, "container", "docker", ID, ""],
    [`/system.slice/docker-${ID}.scope`, "container", "docker", ID, ""],
    [`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`, "container", "docker", ID, ""],
    [`/machine.slice/libpod-${ID}.scope`, "container", "podman", ID, ""],
    [`/libpod_parent/libpod-${ID}`, "container", "podman", ID, ""],
    [`${SLICE}/cri-containerd-${ID}.scope`, "container", "containerd", ID, POD],
    [`${SLICE}/crio-${ID}.scope`, "container", "crio", ID, POD],
    [`/kubepods/burstable/pod${POD}/${ID}`, "container", "", ID, POD],
    [`/kubepods/pod${POD}/${ID}`, "container", "", ID, POD],
    [`/ecs/0123/${ID}`, "container", "", ID, ""],
    ["/lxc.payload.web", "container", "lxc", "web", ""],
    ["/lxc/web", "container", "lxc", "web", ""],
    ["/machine.slice/systemd-nspawn@deb.service", "container", "nspawn", "deb", ""],
    ["/machine.slice/machine-my\\x2dbox.scope", "container", "nspawn", "my-box", ""],
    ["/system.slice/ssh.service", "service", "systemd", "ssh.service", ""],
    ["/system.slice/system-getty.slice/getty@tty1.service", "service", "systemd", "getty@tty1.service", ""],
    [
      "/system.slice/systemd-fsck@dev-disk-by\\x2duuid.service",
      "service",
      "systemd",
      "systemd-fsck@dev-disk-by-uuid.service",
      "",
    ],
  ])("%s", (path, kind, runtime, id, podUid) => {
    expect(identifyCgroup(path)).toEqual({ kind, runtime, id, podUid });
  });

  it.each([
    "/",
    "/init.scope",
    "/system.slice",
    "/user.slice/user-1000.slice/session-3.scope",
    `/machine.slice/libpod-conmon-${ID}.scope`,
    `${SLICE}/crio-conmon-${ID}.scope`,
    SLICE,
    `/docker/${ID.slice(1)}`,
  ])("%s is neither container nor service", (path) => {
    expect(identifyCgroup(path)).toBeUndefined();
  });
});

it.each([
  [`/docker/${ID}`, false],
  ["/system.slice/ssh.service", false],
  ["/user.slice/user-1000.slice/user@1000.service", true],
  ["/system.slice", true],
])("looks below %s: %s", (path, looks) => {
  expect(mayHoldOthers(path)).toBe(looks);
});
