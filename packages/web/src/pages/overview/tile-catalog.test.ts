import { describe, expect, it } from "vitest";
import { CHECKS, type Level } from "./checks.ts";
import { type Finding, newsOf } from "./findings.tsx";
import { levelOf, TILES } from "./tile-catalog.ts";

const found = (check: string | undefined, level: Level): Finding => ({
  key: `${check}|{}`,
  level,
  text: "",
  section: CHECKS.find(({ id }) => id === check)?.section ?? "targets",
  ...(check === undefined ? {} : { check }),
});
const tile = (id: string) => TILES.find(({ panel }) => panel.id === id)!;

describe("a tile's second line", () => {
  // Before the first answer it once read "nothing waits".
  it("says nothing before there is data", () => {
    for (const { panel, detail } of TILES) expect(detail(panel.queries.map(() => new Map()))).toBe("");
  });
});

describe("what a screen reader is told", () => {
  const map = (...all: Finding[]) => new Map(all.map((one) => [one.key, one]));
  const busy = { ...found("cpu-busy", "warning"), text: "The CPU is 91 % busy." };

  it("is what came, what became worse, and what is over", () => {
    expect(newsOf(map(), map(busy))).toBe("Warning: The CPU is 91 % busy.");
    expect(newsOf(map(busy), map({ ...busy, level: "critical" }))).toBe("Critical: The CPU is 91 % busy.");
    expect(newsOf(map(busy, found("raid", "critical")), map(busy))).toBe("One thing is over");
    expect(newsOf(map(busy), map())).toBe("All is well again");
  });

  it("is nothing where only numbers changed", () => {
    expect(newsOf(map(busy), map({ ...busy, text: "The CPU is 93 % busy." }))).toBe("");
    expect(newsOf(map(), map())).toBe("");
  });
});

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
