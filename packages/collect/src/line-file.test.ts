import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { LineFile } from "./line-file.ts";

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function setup(name = "a.log") {
  const dir = mkdtempSync(join(tmpdir(), "dmon-lines-"));
  dirs.push(dir);
  const said: string[] = [];
  const log = { warn: (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`) };
  const path = join(dir, name);
  return { dir, path, said, file: new LineFile(path, "some_log", log) };
}

it("writes every line before it closes, over a rotation too", async () => {
  const { path, file, said } = setup();
  for (let i = 0; i < 500; i++) file.append(`first ${i}`);
  await file.close();
  renameSync(path, `${path}.1`);
  file.reopen();
  for (let i = 0; i < 500; i++) file.append(`second ${i}`);
  await file.close();
  const lines = (name: string) => readFileSync(name, "utf8").trimEnd().split("\n");
  expect(lines(`${path}.1`)).toEqual(Array.from({ length: 500 }, (_, i) => `first ${i}`));
  expect(lines(path)).toEqual(Array.from({ length: 500 }, (_, i) => `second ${i}`));
  expect(said).toEqual([]);
});

it("says once that it cannot be written, keeps what waits, and says when it can again", async () => {
  const { dir, path, file, said } = setup("later/a.log");
  file.append("one");
  await file.close();
  file.append("two");
  await file.close();
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^some_log cannot be written .*ENOENT/);
  mkdirSync(join(dir, "later"));
  file.append("three");
  await file.close();
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\nthree\n");
  expect(said[1]).toMatch(/^some_log is written again .*"lostLines":0/);
});

it("counts the lines that found no room while they waited", async () => {
  const { dir, file, said } = setup("later/a.log");
  for (let i = 0; i < 6; i++) file.append("x".repeat(1 << 20));
  await file.close();
  mkdirSync(join(dir, "later"));
  file.append("y");
  await file.close();
  expect(said.at(-1)).toMatch(/"lostLines":3/);
});
