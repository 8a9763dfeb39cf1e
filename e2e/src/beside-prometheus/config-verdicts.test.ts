/** What `promtool check config` says of a configuration and what `dmon config check` says: hundreds of texts, right and wrong. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPrometheus } from "../../../packages/collect/src/testing/prometheus-peer.ts";
import { checkConfig } from "../../../packages/server/src/config/index.ts";
import { CASES, keysAndValues } from "./config-cases.ts";

const prometheus = findPrometheus();
const promtool = prometheus === undefined ? undefined : join(dirname(prometheus), "promtool");
const missing = promtool === undefined || !existsSync(promtool);
if (missing) console.warn("skipped: no promtool beside a Prometheus (PROMETHEUS_BIN or PATH)");

/** How many of the keys with values are judged; `ALL_VERDICTS=1` judges them all. */
const SAMPLED = process.env.ALL_VERDICTS === "1" ? Number.POSITIVE_INFINITY : 300;

/** Where the verdicts differ on purpose (docs/from-prometheus.md), or because 3.14 differs from the promtool at hand. */
const ON_PURPOSE: readonly RegExp[] = [
  // Nothing could be sent there.
  /^remote_(?:write|read): \[\{url: (?!'http)/,
  // Whoever wrote this meant something else.
  /source_labels: \[null\]|alertmanagers: \[null\]|body_size_limit: 1KB2B/,
  // Discoveries that are not built in are taken as they are.
  /kubernetes_sd_configs|consul_sd_configs/,
  // 3.14 takes these.
  /dns_sd_configs: \[\{names: \[a\], type: (?:MX|NS)\}/,
  /translation_strategy: UnderscoreEscapingWithoutSuffixes/,
];

describe.skipIf(missing)("beside promtool", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "dmon-verdicts-"));
    writeFileSync(join(dir, "there.txt"), "x");
    writeFileSync(join(dir, "sd.json"), '[{"targets":["a:1"]}]');
    writeFileSync(join(dir, "badsd.json"), '[{"target":["a:1"]}]');
  });
  afterAll(() => {
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  });

  it("takes and refuses the same configurations", async () => {
    const all = keysAndValues();
    expect(new Set(all).size).toBe(all.length);
    const texts = [...CASES, ...all.slice(0, SAMPLED)];
    for (const [i, text] of texts.entries()) writeFileSync(join(dir, `${i}.yml`), `${text}\n`);
    const theirs = judgedByPromtool(dir, texts.length);
    const apart: string[] = [];
    let compared = 0;
    for (const [i, text] of texts.entries()) {
      const verdict = theirs.get(i);
      // promtool itself breaks off at some texts.
      if (verdict === undefined || ON_PURPOSE.some((pattern) => pattern.test(text))) continue;
      compared++;
      const ours = await checkConfig({ configFile: join(dir, `${i}.yml`) }).then(
        () => "",
        (error: Error) => error.message || "refused",
      );
      if ((verdict === "") !== (ours === "")) apart.push(`${text}\n  promtool: ${verdict}\n  dmon:     ${ours}`);
    }
    expect(apart).toEqual([]);
    expect(compared).toBeGreaterThan(Math.min(SAMPLED, all.length) * 0.9);
  }, 120_000);
});

/** By number of the text: "" where it is taken, else why not. Texts at which promtool broke off are missing. */
function judgedByPromtool(dir: string, count: number): Map<number, string> {
  const found = new Map<number, string>();
  for (let from = 0; from < count; ) {
    const files = Array.from({ length: Math.min(500, count - from) }, (_, i) => `${from + i}.yml`);
    // One stream, so that a refusal stands under its file.
    const { stdout } = spawnSync("sh", ["-c", '"$0" check config "$@" 2>&1', promtool!, ...files], {
      cwd: dir,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    let current = from - 1;
    for (const line of stdout.split("\n")) {
      const begins = /^Checking (\d+)\.yml$/.exec(line);
      if (begins !== null) {
        current = Number(begins[1]);
        found.set(current, "");
      } else if (/^ *FAILED: /.test(line)) found.set(current, line.trim());
    }
    if (stdout.includes("\ngoroutine ")) found.delete(current);
    from = Math.max(current, from) + 1;
  }
  return found;
}
