import { describe, expect, it } from "vitest";
import { SECTIONS } from "./catalog.ts";
import { panelsInSight } from "./in-sight.ts";

const idsOf = (startId: string | undefined, width: number, height: number) =>
  panelsInSight(SECTIONS, startId, { width, height }).map(({ id }) => id);

describe("panelsInSight", () => {
  it.each([
    ["a desk", 1440, 900, ["cpu-utilisation", "load", "cpu-cores", "tasks", "switches"]],
    ["a tablet", 1024, 700, ["cpu-utilisation"]],
    ["a phone", 390, 844, ["cpu-utilisation"]],
  ])("are those of the first rows on %s", (_, width, height, ids) => {
    expect(idsOf(undefined, width, height)).toEqual(ids);
  });

  it("are those of the section that an address leads to", () => {
    const ids = idsOf("disks", 1440, 900);
    expect(ids[0]).toBe("disk-throughput");
    expect(ids).not.toContain("cpu-utilisation");
  });

  it("go on with the next section where the screen is high, and end with the last", () => {
    expect(idsOf(undefined, 1440, 1600)).toContain("memory-use");
    expect(idsOf(undefined, 1440, 1e6)).toHaveLength(SECTIONS.flatMap(({ panels }) => panels).length);
    expect(idsOf(undefined, 1440, 200)).toEqual([]);
  });

  it("start at the top where the address leads to nothing", () => {
    expect(idsOf("nowhere", 1440, 900)).toEqual(idsOf(undefined, 1440, 900));
  });
});
