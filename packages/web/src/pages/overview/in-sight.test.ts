import { describe, expect, it } from "vitest";
import { SECTIONS } from "./catalog.ts";
import { columnsOf, panelsInSight } from "./in-sight.ts";

const idsOf = (startId: string | undefined, width: number, height: number) =>
  panelsInSight(SECTIONS, startId, { width, height }).map(({ id }) => id);

describe("columnsOf", () => {
  it("keeps the order, and makes columns about as high as one another", () => {
    const [left, right, ...rest] = columnsOf(SECTIONS, { width: 3840, height: 2160 });
    expect([...left!, ...right!]).toEqual(SECTIONS);
    expect(rest).toEqual([]);
    const charts = [left!, right!].map((column) => column.flatMap(({ panels }) => panels).length);
    expect(Math.abs(charts[0]! - charts[1]!)).toBeLessThan(12);
  });

  it("is one column on other screens, and of one section", () => {
    expect(columnsOf(SECTIONS, { width: 1920, height: 1080 })).toEqual([SECTIONS]);
    expect(columnsOf(SECTIONS.slice(0, 1), { width: 3840, height: 2160 })).toHaveLength(1);
    expect(columnsOf([], { width: 3840, height: 2160 })).toEqual([[]]);
  });
});

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

  it("are those of both columns on a wide screen", () => {
    const ids = idsOf(undefined, 3840, 2160);
    const [left, right] = columnsOf(SECTIONS, { width: 3840, height: 2160 });
    expect(ids[0]).toBe("cpu-utilisation");
    for (const column of [left!, right!]) expect(ids).toContain(column[0]!.panels[0]!.id);
    expect(ids).not.toContain(left!.at(-1)!.panels.at(-1)!.id);
  });

  it("start at the top where the address leads to nothing", () => {
    expect(idsOf("nowhere", 1440, 900)).toEqual(idsOf(undefined, 1440, 900));
  });
});
