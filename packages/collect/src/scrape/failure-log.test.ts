import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FailureLogs } from "./failure-log.ts";

let dir: string;
let logs: FailureLogs;
let warnings: Readonly<Record<string, unknown>>[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dmon-failures-"));
  warnings = [];
  logs = new FailureLogs({ warn: (fields) => warnings.push(fields) }, dir);
});

afterEach(() => {
  logs.close();
  rmSync(dir, { recursive: true, force: true });
});

const fail = (name: string, message: string) =>
  logs.add(name, { atMs: 1_700_000_000_123, job: 'a"b', url: "http://h:1/m", message });
const textOf = (name: string) => readFileSync(join(dir, name), "utf8");
const messagesIn = (name: string) =>
  textOf(name)
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

describe("files of scrape failures", () => {
  it("are there at once, and get a line with Prometheus' keys for each failure", async () => {
    logs.use(["f.log", ""]);
    await vi.waitFor(() => expect(textOf("f.log")).toBe(""));
    fail("f.log", 'Get "http://h:1/m": refused');
    const line =
      '{"time":"2023-11-14T22:13:20.123Z","level":"ERROR","msg":"Get \\"http://h:1/m\\": refused","job_name":"a\\"b","target":"http://h:1/m"}\n';
    await vi.waitFor(() => expect(textOf("f.log")).toBe(line));
  });

  it("keep what they had, and go on in a new file after a rotation and a reload", async () => {
    logs.use(["f.log"]);
    fail("f.log", "one");
    await vi.waitFor(() => expect(messagesIn("f.log")).toEqual(["one"]));
    logs.use(["f.log"]);
    fail("f.log", "two");
    await vi.waitFor(() => expect(messagesIn("f.log")).toEqual(["one", "two"]));
    renameSync(join(dir, "f.log"), join(dir, "f.log.1"));
    logs.use(["f.log"]);
    fail("f.log", "three");
    await vi.waitFor(() => expect(messagesIn("f.log")).toEqual(["three"]));
    expect(messagesIn("f.log.1")).toEqual(["one", "two"]);
  });

  it("write what was said before they are closed, and nothing after", async () => {
    logs.use(["f.log"]);
    fail("f.log", "one");
    logs.use(["g.log"]);
    fail("f.log", "two");
    fail("g.log", "three");
    await vi.waitFor(() => expect(messagesIn("g.log")).toEqual(["three"]));
    await vi.waitFor(() => expect(messagesIn("f.log")).toEqual(["one"]));
  });

  it("tell once that they cannot be written, and go on when they can", async () => {
    logs.use(["sub/f.log"]);
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    expect(warnings[0]).toMatchObject({ file: join(dir, "sub/f.log"), error: expect.stringContaining("ENOENT") });
    fail("sub/f.log", "waiting");
    await new Promise((done) => setTimeout(done, 20));
    mkdirSync(join(dir, "sub"));
    fail("sub/f.log", "kept");
    await vi.waitFor(() => expect(messagesIn("sub/f.log")).toEqual(["waiting", "kept"]));
    await vi.waitFor(() => expect(warnings).toHaveLength(2));
    expect(warnings[1]).toMatchObject({ lostLines: 0 });
  });
});
