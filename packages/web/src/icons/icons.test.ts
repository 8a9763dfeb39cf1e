import IconSun from "virtual:icon/sun";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { icons } from "../../icons.ts";

describe("an icon", () => {
  const load = icons().load as (id: string) => string | undefined;

  it("is hidden from those who do not see it, unless it has a label", () => {
    const drawn = renderToStaticMarkup(createElement(IconSun, { size: 17, stroke: 1.6 }));
    expect(drawn).toContain('width="17"');
    expect(drawn).toContain('stroke-width="1.6"');
    expect(drawn).toContain('aria-hidden="true"');
    expect(drawn).toMatch(/<path d="[^"]+"/);
    const labelled = renderToStaticMarkup(createElement(IconSun, { size: 17, label: "day" }));
    expect(labelled).toContain('role="img" aria-label="day"');
    expect(labelled).not.toContain("aria-hidden");
  });

  it("is refused by name where there is none, or where it is more than lines", () => {
    expect(() => load("\0icon/no-such-icon.js")).toThrow("no icon is named no-such-icon");
    expect(() => load("\0icon/sun-filled.js")).toThrow("sun-filled is not an outline");
    expect(load("/src/main.tsx")).toBeUndefined();
  });
});
