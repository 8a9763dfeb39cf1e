import { describe, expect, it } from "vitest";
import { entryOf } from "./page-build.ts";

describe("entryOf", () => {
  it.each([
    [
      '<head><script src="/boot.js"></script><script type="module" crossorigin src="/assets/index-a1.js"></script>',
      "/assets/index-a1.js",
    ],
    ['<script src="/src/main.tsx" type="module"></script>', "/src/main.tsx"],
    ['<script src="/boot.js"></script>', undefined],
    ["Not found", undefined],
  ])("%s", (html, entry) => {
    expect(entryOf(html)).toBe(entry);
  });
});
