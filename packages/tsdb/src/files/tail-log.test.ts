import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryDir } from "../testing/store-driver.ts";
import { TailLog } from "./tail-log.ts";

let dir: string;
let remove: () => void;

beforeEach(() => {
  ({ dir, remove } = temporaryDir());
});

afterEach(() => remove());

const bytes = (text: string) => new TextEncoder().encode(text);

function readAll(): { records: string[]; damage: string[] } {
  const damage: string[] = [];
  const log = new TailLog(dir, true);
  const records = [...log.read((_, what) => damage.push(what))];
  return {
    records: records.map(({ sequence, content }) => `${sequence} ${new TextDecoder().decode(content)}`),
    damage,
  };
}

function onlyFile(): string {
  const names = readdirSync(join(dir, "tail"));
  expect(names).toHaveLength(1);
  return join(dir, "tail", names[0]!);
}

describe("the tail log", () => {
  test("gives back what was appended, over several files", () => {
    const log = new TailLog(dir);
    for (let i = 1; i <= 30; i++) log.append(i, [bytes(`r${i}${" ".repeat(20_000)}`)]);
    log.close();
    expect(readAll().records.map((record) => record.trim())).toEqual(
      Array.from({ length: 30 }, (_, i) => `${i + 1} r${i + 1}`),
    );
    expect(readdirSync(join(dir, "tail")).length).toBeGreaterThan(3);
  });

  test("files go when nothing in them is needed, and not before", () => {
    const log = new TailLog(dir);
    for (let i = 1; i <= 30; i++) log.append(i, [bytes(`r${" ".repeat(20_000)}`)]);
    log.trim(15);
    expect(readAll().records.map((record) => Number(record.split(" ")[0]))).toContain(15);
    log.trim(31);
    expect(readdirSync(join(dir, "tail"))).toHaveLength(1);
    log.append(31, [bytes("last")]);
    expect(readAll().records.at(-1)).toBe("31 last");
    log.close();
  });

  test("a record cut short at the end is what a death leaves, not damage", () => {
    const log = new TailLog(dir);
    log.append(1, [bytes("one"), bytes("two")]);
    log.close();
    const path = onlyFile();
    truncateSync(path, readFileSync(path).length - 2);
    expect(readAll()).toEqual({ records: ["1 one"], damage: [] });
  });

  test("an altered record is passed over and told; those behind it are read", () => {
    const log = new TailLog(dir);
    log.append(1, [bytes("one"), bytes("two"), bytes("three")]);
    log.close();
    const path = onlyFile();
    const content = readFileSync(path);
    content[content.indexOf("two")]! ^= 1;
    writeFileSync(path, content);
    const { records, damage } = readAll();
    expect(records).toEqual(["1 one", "3 three"]);
    expect(damage).toHaveLength(1);
  });

  test("a file that a death left without a record is taken over, and trimming spares it", () => {
    // Found by the three hundredth kill: listed twice, it was removed while it was written to.
    const first = new TailLog(dir);
    first.append(1, [bytes("one")]);
    first.close();
    appendFileSync(join(dir, "tail", "000000000002.tail"), "");
    const log = new TailLog(dir);
    log.append(2, [bytes("two")]);
    log.trim(2);
    log.append(3, [bytes("three")]);
    log.close();
    expect(existsSync(join(dir, "tail", "000000000002.tail"))).toBe(true);
    expect(readAll().records).toEqual(["2 two", "3 three"]);
  });
});
