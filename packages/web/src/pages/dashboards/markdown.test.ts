import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { blocksOf, Markdown } from "./markdown.tsx";

const html = (source: string) => renderToStaticMarkup(createElement(Markdown, { source }));

describe("text of a panel", () => {
  it("has headings, paragraphs, lists and code", () => {
    expect(blocksOf("# One #\n\ntwo\nthree\n- a\n- b\n1. c\n```\n# code\n```\nend")).toEqual([
      { kind: "heading", level: 1, text: "One" },
      { kind: "paragraph", text: "two\nthree" },
      { kind: "list", ordered: false, items: ["a", "b"] },
      { kind: "list", ordered: true, items: ["c"] },
      { kind: "code", text: "# code" },
      { kind: "paragraph", text: "end" },
    ]);
    expect(blocksOf("```\nopen")).toEqual([{ kind: "code", text: "open" }]);
    expect(blocksOf("")).toEqual([]);
  });

  it("has bold, italic, code and links", () => {
    expect(html("a **b** *c* `d*e*` [f](https://example.org/x) https://example.org/y")).toContain(
      'a <b>b</b> <i>c</i> <code>d*e*</code> <a href="https://example.org/x" target="_blank" rel="noreferrer">f</a> <a href="https://example.org/y"',
    );
    expect(html("2 * 3 * 4 and snake_case_name")).toContain("2 * 3 * 4 and snake_case_name");
  });

  it("runs nothing", () => {
    expect(html("<img src=x onerror=alert(1)>")).not.toContain("<img");
    expect(html("[x](javascript:alert(1)) [y](//evil.example) [z](data:text/html,1)")).not.toContain("<a");
  });
});
