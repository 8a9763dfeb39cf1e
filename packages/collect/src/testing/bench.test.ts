import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { measureCollection } from "./bench.ts";
import { unpackTree } from "./tree.ts";

describe("measureCollection", () => {
  it("measures a pass over a machine", async () => {
    using paths = unpackTree(join(import.meta.dirname, "../../fixtures/virtual-machine.tree"));
    const cost = await measureCollection({ passes: 20, warmUpPasses: 5, paths });
    expect(cost.passes).toBe(20);
    expect(cost.series).toBeGreaterThan(300);
    expect(cost.cpuMsPerPass).toBeGreaterThan(0);
    expect(cost.floorCpuMsPerPass).toBeGreaterThanOrEqual(0);
  });
});
