import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PAINT } from "./chart-canvas.ts";

it("has the colour of the panels around it", () => {
  const css = readFileSync(new URL("../app/tokens.css", import.meta.url), "utf8");
  const surfaces = [...css.matchAll(/--surface: (#\w+);/g)].map(([, color]) => color);
  expect(surfaces).toEqual([PAINT.light.paper, PAINT.dark.paper]);
});
