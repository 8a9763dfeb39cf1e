/**
 * Runs test scripts against the engine: the project's own, always, and Prometheus' own from the shared conformance data, where
 * that is there.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { formatFailure, runScript } from "./run-scripts.ts";

const OWN = fileURLToPath(new URL("../../fixtures/promqltest/", import.meta.url));
const UPSTREAM = fileURLToPath(new URL("../../../../../shared/conformance/promql/promqltest/", import.meta.url));
/** `eval` commands in Prometheus' scripts as shared. */
const UPSTREAM_CASES = 1642;

function scriptsIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".test")) : [];
}

function run(directory: string, name: string): number {
  const report = runScript(name, readFileSync(`${directory}${name}`, "utf8"));
  expect(report.failures.map(formatFailure).join("\n")).toBe("");
  return report.passed;
}

describe("the project's own scripts", () => {
  it.each(scriptsIn(OWN))("%s", (name) => {
    expect(run(OWN, name)).toBeGreaterThan(0);
  });
});

const hasUpstream = existsSync(UPSTREAM);
if (!hasUpstream) console.warn(`skipped: Prometheus' test scripts, because there is no ${UPSTREAM}`);

describe.skipIf(!hasUpstream)("Prometheus' scripts", () => {
  let passed = 0;

  it.each(scriptsIn(UPSTREAM))("%s", (name) => {
    passed += run(UPSTREAM, name);
  });

  it("are all there", () => {
    expect(passed).toBe(UPSTREAM_CASES);
  });
});
