import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { linkCount, sizeBytes } from "./quick-stat.ts";

const folder = mkdtempSync(join(tmpdir(), "dmon-stat-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("says what stat says, also after a change", () => {
  const file = join(folder, "größe");
  writeFileSync(file, "x".repeat(4711));
  symlinkSync(file, join(folder, "link"));
  for (const path of [file, join(folder, "link"), folder, "/", tmpdir()]) {
    const { nlink, size } = statSync(path);
    expect([linkCount(path), sizeBytes(path)]).toEqual([nlink, size]);
  }
  mkdirSync(join(folder, "below"));
  writeFileSync(file, "x");
  expect(linkCount(folder)).toBe(statSync(folder).nlink);
  expect(sizeBytes(file)).toBe(1);
});

it("says nothing of what is not there", () => {
  expect(linkCount(join(folder, "nothing"))).toBeUndefined();
  expect(sizeBytes(join(folder, "größe", "in-a-file"))).toBeUndefined();
});
