import { describe, expect, it } from "vitest";
import { buildOf } from "./page-build.ts";

describe("buildOf", () => {
  it.each([
    [
      '<head><script src="/boot.js"></script><script type="module" crossorigin src="/assets/index-a1.js"></script>',
      "/assets/index-a1.js",
    ],
    ['<script src="/src/main.tsx" type="module"></script>', "/src/main.tsx"],
    [
      '<script type="module" src="/assets/libraries-a1.js"></script>\n<script type="module" src="/assets/page-b2.js"></script>',
      "/assets/libraries-a1.js /assets/page-b2.js",
    ],
    ['<script src="/boot.js"></script>', undefined],
    ["Not found", undefined],
  ])("%s", (html, build) => {
    expect(buildOf(html)).toBe(build);
  });
});
