import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { registerPromql } from "./promql.ts";

let folder: string;
let written: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dmon-promql-"));
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

async function run(...args: readonly string[]): Promise<void> {
  const program = new Command("dmon").exitOverride();
  registerPromql(program);
  await program.parseAsync(["promql", ...args], { from: "user" });
}

describe("dmon promql", () => {
  it("test counts the cases of scripts, and fails where one does", async () => {
    const script =
      "load 1m\n  x_total 0+1x10\n\neval instant at 5m x_total\n  x_total 5\n\neval instant at 5m x_total\n  x_total 6\n";
    writeFileSync(join(folder, "a.test"), script);
    await run("test", folder);
    expect(written).toMatch(/a\.test:7: x_total\n(?:.*\n)+1 passed, 1 failed\n$/);
    expect(process.exitCode).toBe(1);
  });

  it("fmt prints the formatted expression", async () => {
    await run("fmt", "sum(rate(x[5m]))by(a)");
    expect(written).toBe("sum by (a) (rate(x[5m]))\n");
  });

  it("check says where an expression is wrong", async () => {
    await run("check", "sum(x)", "x +");
    expect(written).toBe("1:4: parse error: unexpected end of input\n  x +\n");
    expect(process.exitCode).toBe(1);
  });
});
