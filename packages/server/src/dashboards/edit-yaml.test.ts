import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { editYaml } from "./edit-yaml.ts";

const TEXT = `# Of the web servers.
schema: 1
title: Web # short
panels:
  # The first.
  - id: 1
    title: Load
    grid: { x: 0, y: 0, w: 12, h: 8 }
    queries:
      - expr: node_load1 # as uptime(1) has it
  - id: 2 # why there are two
    title: "Two"
    text: |
      several
      lines
`;

describe("editYaml", () => {
  it("leaves what did not change as it was written", () => {
    expect(editYaml(TEXT, parse(TEXT))).toBe(TEXT);
  });

  it("changes one value and nothing beside it", () => {
    const changed = parse(TEXT);
    changed.panels[0].grid.w = 24;
    expect(editYaml(TEXT, changed)).toBe(TEXT.replace("w: 12", "w: 24"));
  });

  it("moves a panel with its remarks, and takes one out with its own", () => {
    const { panels, ...rest } = parse(TEXT);
    const moved = editYaml(TEXT, { ...rest, panels: [panels[1], panels[0]] });
    expect(moved).toContain("id: 2 # why there are two");
    expect(parse(moved).panels).toEqual([panels[1], panels[0]]);
    const only = editYaml(TEXT, { ...rest, panels: [panels[0], { id: 3, title: "New" }] });
    expect(only).toContain("# Of the web servers.");
    expect(only).not.toContain("why there are two");
  });

  it.each(["a: [", "&x a: 1\nb: *x\n", "- 1\n", ""])("writes anew where it was %j", (text) => {
    expect(parse(editYaml(text, { title: "t" }))).toEqual({ title: "t" });
  });

  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.oneof(
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom("1", "yes", "null", "# no", "a: b"),
      ),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom("id", "name", "a", "b", "__x"), tie("value")),
    ),
  })).value;

  it("says just what it is given, whatever it was before", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("a", "b", "c"), values),
        fc.dictionary(fc.constantFrom("a", "b", "c"), values),
        (before, after) => {
          expect(parse(editYaml(stringify(before), after))).toEqual(after);
        },
      ),
      { numRuns: 300 },
    );
  });
});
