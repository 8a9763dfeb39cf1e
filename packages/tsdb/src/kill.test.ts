/** Killed at random moments, again and again: nothing that was committed is lost, nothing is corrupt, it is back at once. */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { temporaryDir } from "./testing/store-driver.ts";

const KILLS = Number(process.env.DMON_KILLS ?? 10);
const child = fileURLToPath(new URL("./testing/kill-child.ts", import.meta.url));
const { dir, remove } = temporaryDir();

afterAll(() => {
  remove();
  for (const suffix of [".ack", ".ack.next", ".deleted", ".deleted.next", ".backup", ".restored"])
    rmSync(dir + suffix, { recursive: true, force: true });
});

/** Runs a writer until `lifeMs` after it was ready, and answers what it said. */
function live(lifeMs: number, seed: number): Promise<{ out: string; error: string }> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(
      process.execPath,
      ["--conditions=@dmon/source", "--disable-warning=ExperimentalWarning", child, dir, String(seed)],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let out = "";
    let error = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    process_.stdout.on("data", (data: Buffer) => {
      out += data.toString();
      timer ??= setTimeout(() => process_.kill("SIGKILL"), lifeMs);
    });
    process_.stderr.on("data", (data: Buffer) => {
      error += data.toString();
    });
    process_.on("error", reject);
    process_.on("close", () => {
      clearTimeout(timer);
      resolve({ out, error });
    });
  });
}

test(`${KILLS} kills`, async () => {
  let slowest = 0;
  let backups = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const { out, error } = await live(5 + Math.random() * 250, kill * 37);
    expect(error, `after kill ${kill}`).toBe("");
    const opened = /open (\d+) kept (\d+)/.exec(out);
    expect(opened, `after kill ${kill}`).not.toBeNull();
    slowest = Math.max(slowest, Number(opened![1]));
    backups += out.split("backup").length - 1;
  }
  expect(slowest).toBeLessThan(2000);
  if (KILLS >= 200) expect(backups).toBeGreaterThan(0);
}, 600_000);
