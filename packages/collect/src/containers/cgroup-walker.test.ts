import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CgroupIdentity } from "./cgroup-path.ts";
import { CgroupWalker } from "./cgroup-walker.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dmon-cgroups-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const id = (n: number) => String(n).padStart(64, "0");
const make = (path: string) => mkdirSync(join(root, path), { recursive: true });

function walk(walker: CgroupWalker, times = 1, population = Number.NaN, listAll = false): string[] {
  let found = new Map<string, CgroupIdentity>();
  for (let i = 0; i < times; i++) {
    found = new Map();
    walker.walk(found, population, listAll);
  }
  return [...found.keys()].sort();
}

describe("CgroupWalker", () => {
  it("finds what comes and misses what goes at the next walk, however long it has looked", () => {
    make(`docker/${id(1)}`);
    make("idle-group");
    const walker = new CgroupWalker(root);
    expect(walk(walker)).toEqual([`/docker/${id(1)}`]);
    walk(walker, 100);
    make(`docker/${id(2)}`);
    expect(walk(walker)).toEqual([`/docker/${id(1)}`, `/docker/${id(2)}`]);
    rmdirSync(join(root, `docker/${id(1)}`));
    expect(walk(walker)).toEqual([`/docker/${id(2)}`]);
  });

  it("finds within five walks what comes into a group that had no children for long", () => {
    make("docker");
    const walker = new CgroupWalker(root);
    expect(walk(walker, 100)).toEqual([]);
    make(`docker/${id(1)}`);
    expect(walk(walker, 5)).toEqual([`/docker/${id(1)}`]);
  });

  it("finds at the next walk what comes into a group that is new itself", () => {
    make("docker");
    const walker = new CgroupWalker(root);
    walk(walker, 100);
    make("kubepods");
    expect(walk(walker)).toEqual([]);
    make(`kubepods/podx/${id(1)}`);
    expect(walk(walker)).toEqual([`/kubepods/podx/${id(1)}`]);
  });

  it("finds at the next walk what comes into any group where the kernel's count of cgroups changes", () => {
    make("docker");
    const walker = new CgroupWalker(root);
    expect(walk(walker, 98, 3)).toEqual([]);
    make(`docker/${id(1)}`);
    expect(walk(walker, 1, 4)).toEqual([`/docker/${id(1)}`]);
  });

  it("finds within ten walks what comes where as many others go meanwhile, at once where some are known to have gone", () => {
    make("docker");
    const walker = new CgroupWalker(root);
    walk(walker, 7, 3);
    make(`docker/${id(1)}`);
    expect(walk(walker, 1, 3)).toEqual([]);
    expect(walk(walker, 9, 3)).toEqual([`/docker/${id(1)}`]);
    rmdirSync(join(root, `docker/${id(1)}`));
    make(`docker/${id(2)}`);
    expect(walk(walker, 1, 3)).toEqual([`/docker/${id(1)}`]);
    expect(walk(walker, 1, 3, true)).toEqual([`/docker/${id(2)}`]);
  });
});
