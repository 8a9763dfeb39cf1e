import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHost } from "../host/host.ts";
import type { CgroupLayout } from "./cgroup-layout.ts";
import { cgroupPopulation, totalOfControllers } from "./cgroup-population.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dmon-population-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const V2 = { version: "v2", controllers: new Map(), roots: [] } as const;
const V1 = { version: "v1", unified: undefined, controllers: new Map(), roots: [] } as const;

function populationOf(layout: CgroupLayout): () => number {
  return cgroupPopulation(openHost({ procfs: root, sysfs: root, rootfs: root }), layout);
}

describe("cgroupPopulation", () => {
  it("follows the number of descendants of the root of version 2", () => {
    const population = populationOf({ ...V2, unified: root });
    writeFileSync(join(root, "cgroup.stat"), "nr_descendants 42\nnr_dying_descendants 7\n");
    expect(population()).toBe(42);
    writeFileSync(join(root, "cgroup.stat"), "nr_descendants 43\nnr_dying_descendants 7\n");
    expect(population()).toBe(43);
  });

  it("adds up what version 1 counts by controller", () => {
    writeFileSync(
      join(root, "cgroups"),
      "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t3\t4\t1\ncpu\t1\t24\t1\n",
    );
    expect(populationOf(V1)()).toBe(28);
  });

  it("is not a number, which equals nothing, where the kernel does not say", () => {
    mkdirSync(join(root, "empty"));
    expect(populationOf({ ...V2, unified: join(root, "empty") })()).toBeNaN();
    expect(populationOf(V1)()).toBeNaN();
    expect(totalOfControllers(new TextEncoder().encode("#subsys_name\thierarchy\n"))).toBeNaN();
  });
});
