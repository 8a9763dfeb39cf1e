import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDmonError } from "@dmon/model";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { asciiText } from "./bytes.ts";
import { detectHostPaths, openHost } from "./host.ts";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dmon-host-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function open() {
  return openHost({ procfs: join(root, "proc"), sysfs: join(root, "sys"), rootfs: join(root, "host") });
}

describe("openHost", () => {
  it("reads a file anew each time through one descriptor", () => {
    put("proc/loadavg", "0.1\n");
    const host = open();
    const file = host.proc("loadavg");
    expect(asciiText(file.read())).toBe("0.1\n");
    put("proc/loadavg", "0.25\n");
    expect(asciiText(file.read())).toBe("0.25\n");
    host.close();
  });

  it("reads files of any size", () => {
    const text = "0123456789abcde\n".repeat(20_000);
    put("proc/large", text);
    const host = open();
    expect(asciiText(host.proc("large").read())).toBe(text);
    put("proc/small", "1");
    expect(asciiText(host.proc("small").read())).toBe("1");
    host.close();
  });

  it("reads files that grow and shrink", () => {
    const host = open();
    for (const length of [10, 2000, 5000, 300_000, 20, 70_000, 0, 2047, 2048, 2049]) {
      const text = "x".repeat(length);
      put("proc/changing", text);
      expect(host.proc("changing").read().length).toBe(length);
    }
    const file = host.proc("changing");
    for (const length of [10, 2000, 5000, 300_000, 20, 70_000, 0, 2047, 2048, 2049]) {
      put("proc/changing", "x".repeat(length));
      expect(file.read().length).toBe(length);
    }
    host.close();
  });

  it("looks rarely for a file that stays away, and finds it when it comes", () => {
    const host = open();
    const file = host.proc("module");
    for (let i = 0; i < 5; i++) expect(file.tryRead()).toBeUndefined();
    put("proc/module", "loaded");
    const tries = Array.from({ length: 11 }, () => file.tryRead()).map((bytes) => bytes && asciiText(bytes));
    expect(tries[0]).toBeUndefined();
    expect(tries.at(-1)).toBe("loaded");
    host.close();
  });

  it("tells a missing file from one that cannot be read", async () => {
    mkdirSync(join(root, "proc/directory"), { recursive: true });
    const host = open();
    const missing = host.proc("nothing");
    expect(missing.tryRead()).toBeUndefined();
    expect(() => missing.read()).toThrow(/proc\/nothing does not exist/);
    put("proc/nothing", "now");
    expect(asciiText(missing.read())).toBe("now");
    expect(() => host.proc("directory").tryRead()).toThrow(/cannot read .*directory/);
    expect(host.readOnce(join(root, "none"))).toBeUndefined();
    await expect(host.readAside(join(root, "none"))).resolves.toBeUndefined();
    try {
      host.proc("directory").read();
    } catch (error) {
      expect(isDmonError(error, "host_read")).toBe(true);
    }
    host.close();
  });

  it("reads what is read rarely anew each time, and what took the place of a file that went", () => {
    put("sys/x", "1\n");
    put("root-file", "a\n");
    const host = open();
    const text = (path: string) => asciiText(host.readOnce(path) ?? new Uint8Array());
    expect([text(host.sysPath("x")), text(join(root, "root-file"))]).toEqual(["1\n", "a\n"]);
    put("sys/x", "22\n");
    rmSync(join(root, "root-file"));
    put("root-file", "b\n");
    expect([text(host.sysPath("x")), text(join(root, "root-file"))]).toEqual(["22\n", "b\n"]);
    host.close();
  });

  it("lists, follows links, and says nothing of what is not there", () => {
    put("sys/class/net/b/mtu", "1");
    put("sys/class/net/a/mtu", "1");
    symlinkSync("b", join(root, "sys/class/net/c"));
    const host = open();
    expect(host.list(host.sysPath("class/net"))).toEqual(["a", "b", "c"]);
    expect(host.list(host.sysPath("class/none"))).toEqual([]);
    expect(host.linkTarget(host.sysPath("class/net/c"))).toBe("b");
    expect(host.linkTarget(host.sysPath("class/net/a"))).toBeUndefined();
    expect(host.realPath(host.sysPath("class/net/c"))).toMatch(/class\/net\/b$/);
  });

  it("takes the network of the host's first process where /proc is mounted elsewhere", () => {
    put("proc/net/dev", "own");
    expect(open().procNetPath()).toBe(join(root, "proc/net"));
    put("proc/1/net/dev", "host's");
    const host = open();
    expect(asciiText(host.procNet("dev").read())).toBe("host's");
    expect(host.rootPath("/etc/os-release")).toBe(join(root, "host/etc/os-release"));
    host.close();
  });
});

describe("detectHostPaths", () => {
  it("finds the host's trees under /host, else takes its own", () => {
    expect(detectHostPaths(() => false)).toEqual({ procfs: "/proc", sysfs: "/sys", rootfs: "/" });
    expect(detectHostPaths((path) => ["/host/proc/1", "/host/sys/class", "/host/root/etc"].includes(path))).toEqual({
      procfs: "/host/proc",
      sysfs: "/host/sys",
      rootfs: "/host/root",
    });
  });
});
