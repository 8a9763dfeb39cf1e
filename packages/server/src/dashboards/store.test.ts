import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DashboardDocument } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { DashboardStore } from "./store.ts";

const document: DashboardDocument = { schema: 1, title: "Web", tags: ["a"], panels: [] };

function setUp() {
  const dataDir = mkdtempSync(join(tmpdir(), "dmon-dashboards-"));
  mkdirSync(join(dataDir, "dashboards"));
  return { store: new DashboardStore(dataDir), dir: join(dataDir, "dashboards") };
}

describe("DashboardStore", () => {
  it("keeps what it was given", async () => {
    const { store, dir } = setUp();
    const made = await store.put("web", { document });
    expect(await store.get("web")).toEqual(made);
    expect(await store.list()).toMatchObject([{ id: "web", title: "Web", tags: ["a"], panelCount: 0 }]);
    expect(readdirSync(dir)).toEqual(["web.json"]);
    await store.remove("web");
    await expect(store.get("web")).rejects.toMatchObject({ code: "not_found" });
  });

  it("refuses to overwrite what somebody else wrote", async () => {
    const { store, dir } = setUp();
    const { revision } = await store.put("web", { document });
    await expect(store.put("web", { document })).rejects.toMatchObject({ code: "dashboard_conflict" });
    writeFileSync(join(dir, "web.json"), JSON.stringify({ ...document, title: "edited on disk" }));
    await expect(store.put("web", { revision, document })).rejects.toMatchObject({ code: "dashboard_conflict" });
    const current = await store.get("web");
    await store.put("web", { revision: current.revision, document });
    await store.remove("web");
    await expect(store.put("web", { revision, document })).rejects.toMatchObject({ code: "dashboard_conflict" });
  });

  it("lets only one of two simultaneous edits through", async () => {
    const { store } = setUp();
    const { revision } = await store.put("web", { document });
    const edits = [1, 2].map((n) => store.put("web", { revision, document: { ...document, title: `edit ${n}` } }));
    const outcomes = (await Promise.allSettled(edits)).map(({ status }) => status);
    expect(outcomes).toEqual(["fulfilled", "rejected"]);
  });

  it("keeps YAML as YAML", async () => {
    const { store, dir } = setUp();
    writeFileSync(join(dir, "web.yaml"), "# Ours.\nschema: 1\ntitle: From git\npanels: []\n");
    const { revision, document: read } = await store.get("web");
    expect(read.title).toBe("From git");
    await store.put("web", { revision, document: { ...read, title: "Edited" } });
    expect(readFileSync(join(dir, "web.yaml"), "utf8")).toBe("# Ours.\nschema: 1\ntitle: Edited\npanels: []\n");
  });

  it.each(["../x", "A", "", "a/b", "a.b", "x".repeat(64)])("refuses the id %j", async (id) => {
    const { store } = setUp();
    await expect(store.get(id)).rejects.toMatchObject({ code: "dashboard_invalid" });
    expect(() => store.put(id, { document })).toThrow(/dashboard id/);
  });

  it("lists a broken file with its problem", async () => {
    const { store, dir } = setUp();
    writeFileSync(join(dir, "bad.json"), "{");
    expect(await store.list()).toMatchObject([{ id: "bad", title: expect.stringMatching(/^bad \(.*cannot be read/) }]);
  });
});
