import { describe, expect, it } from "vitest";
import { CHECKS, type Level } from "./checks.ts";
import type { Finding } from "./findings.tsx";
import { levelOf, TILES } from "./tile-catalog.ts";

const found = (check: string | undefined, level: Level): Finding => ({
  key: `${check}|{}`,
  level,
  text: "",
  section: CHECKS.find(({ id }) => id === check)?.section ?? "targets",
  ...(check === undefined ? {} : { check }),
});
const tile = (id: string) => TILES.find(({ panel }) => panel.id === id)!;

describe("a tile's mark", () => {
  // Once the tiles had limits of their own, and one read "high" under the headline "All is well".
  it("is what the headline's checks found, and nothing where they found nothing", () => {
    for (const one of TILES) expect(levelOf(one, [])).toBeUndefined();
    const findings = [found("pressure-io", "critical"), found("pressure-cpu", "warning")];
    expect(levelOf(tile("tile-pressure"), findings)).toBe("critical");
    expect(levelOf(tile("tile-cpu"), findings)).toBeUndefined();
  });

  it("judges the number on the tile: what else is wrong in its section is not its own", () => {
    expect(levelOf(tile("tile-memory"), [found("oom", "critical")])).toBeUndefined();
    expect(levelOf(tile("tile-memory"), [found("memory", "warning")])).toBe("warning");
    expect(levelOf(tile("tile-cpu"), [found(undefined, "critical")])).toBeUndefined();
  });

  it("comes from checks that exist and lie in the tile's section", () => {
    for (const { judgedBy, section } of TILES) {
      for (const id of judgedBy) expect(CHECKS.find((check) => check.id === id)).toMatchObject({ section });
    }
    expect(TILES.filter(({ judgedBy }) => judgedBy.length > 0)).toHaveLength(5);
  });
});
