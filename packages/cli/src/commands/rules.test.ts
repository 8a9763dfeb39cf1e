import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { registerRules } from "./rules.ts";

let folder: string;
let written: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dmon-rules-"));
  written = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

async function run(...args: readonly string[]): Promise<string> {
  const program = new Command("dmon").exitOverride();
  registerRules(program);
  written = "";
  await program.parseAsync(["rules", ...args], { from: "user" });
  return written;
}

describe("dmon rules", () => {
  it.each(["mad_over_time(x[5m])", "limitk(2, x)"])("names --experimental where %s needs it", async (expr) => {
    const rules = join(folder, "rules.yml");
    const tests = join(folder, "tests.yml");
    writeFileSync(rules, `groups:\n  - name: g\n    rules:\n      - record: r\n        expr: ${expr}\n`);
    writeFileSync(tests, "rule_files: [rules.yml]\ntests: []\n");
    expect(await run("check", rules)).toContain("(--experimental allows it");
    expect(await run("test", tests)).toContain("(--experimental allows it");
    expect(await run("check", rules, "--experimental")).toContain("ok, 1 rule in 1 group");
  });
});
