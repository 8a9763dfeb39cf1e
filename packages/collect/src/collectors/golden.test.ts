/**
 * Every collector over captured machines, compared with the text that it gave when it was last looked at.
 * `npx vitest run -u` writes it anew.
 */
import { machine } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collectTree } from "../testing/collect-tree.ts";
import { printFamilies } from "../testing/exposition-text.ts";
import { unpackTree } from "../testing/tree.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures");
const HOSTS = ["virtual-machine", "storage-server", "raspberry-pi", "enterprise-3.10"];

describe("collectors over fixtures", () => {
  it.each(HOSTS)("%s", async (name) => {
    using tree = unpackTree(join(FIXTURES, `${name}.tree`));
    const { families, status } = await collectTree(tree);
    const failed = status.filter(({ state }) => state === "failed");
    expect(failed).toEqual([]);
    const text = printFamilies(families)
      .replaceAll(tree.root, "")
      .replaceAll(`machine="${machine()}"`, 'machine="x86_64"');
    await expect(text).toMatchFileSnapshot(join(FIXTURES, `${name}.golden.txt`));
  });

  it("gives each sample a help text and a type that its family's name allows", async () => {
    using tree = unpackTree(join(FIXTURES, "storage-server.tree"));
    const { families } = await collectTree(tree);
    for (const { name, help, type } of families) {
      expect(help, name).not.toBe("");
      if (type === "counter") expect(name).toMatch(/_total$/);
    }
  });
});
