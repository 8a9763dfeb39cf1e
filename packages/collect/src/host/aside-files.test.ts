import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { asciiText } from "./bytes.ts";
import { openHost } from "./host.ts";

const pool = vi.hoisted(() => ({ reads: 0 }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const read = (...args: Parameters<typeof fs.read>) => {
    pool.reads++;
    return fs.read(...args);
  };
  return { ...fs, read };
});

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dmon-aside-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const put = (name: string, text: string) => writeFileSync(join(dir, name), text);

describe("readAside", () => {
  const host = openHost();
  /** All of them, one after another; how many of the readings were made on the pool. */
  const refresh = async (names: readonly string[]) => {
    const before = pool.reads;
    const texts: (string | undefined)[] = [];
    for (const name of names) {
      const bytes = await host.readAside(join(dir, name));
      texts.push(bytes && asciiText(bytes));
    }
    return { texts, onPool: pool.reads - before };
  };

  it("reads a folder's first file on the pool, and the others at once when all answered quickly for long enough", async () => {
    const names = ["a", "b", "c", "d"];
    for (const name of names) put(name, name);
    let fewest = names.length;
    // Again and again, because a busy machine may keep the pool from being quick.
    for (let i = 0; i < 200 && fewest > 1; i++) {
      const { texts, onPool } = await refresh(names);
      expect(texts).toEqual(names);
      if (i < 3) expect(onPool).toBe(4);
      fewest = Math.min(fewest, onPool);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(fewest).toBe(1);
    put("b", "new");
    expect((await refresh(names)).texts).toEqual(["a", "new", "c", "d"]);
  });

  it("says nothing of what is missing, and gives each reading bytes of its own", async () => {
    put("a", "1");
    const [first, second] = [await host.readAside(join(dir, "a")), await host.readAside(join(dir, "a"))];
    first![0] = 0;
    expect(asciiText(second!)).toBe("1");
    await expect(host.readAside(join(dir, "none"))).resolves.toBeUndefined();
  });

  it("holds nothing up while a file does not answer", async () => {
    const names = ["a", "sensor", "z"];
    for (const name of names) put(name, name);
    for (let i = 0; i < 5; i++) await refresh(names);
    // A pipe that nobody writes to takes its place: opening it waits.
    rmSync(join(dir, "sensor"));
    execFileSync("mkfifo", [join(dir, "sensor2")]);
    let answered = false;
    const hanging = host.readAside(join(dir, "sensor2")).then(() => {
      answered = true;
    });
    expect((await refresh(["a", "z"])).texts).toEqual(["a", "z"]);
    expect(answered).toBe(false);
    closeSync(openSync(join(dir, "sensor2"), "w"));
    await hanging;
  });
});
