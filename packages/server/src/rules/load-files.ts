/** Reads the files that `rule_files` names: patterns with `*` in the last part, as in Prometheus. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, matchesGlob, resolve } from "node:path";
import { requireRuleFile } from "@dmon/alerting";
import { DmonError, messageOf } from "@dmon/model";
import { parseExpr } from "@dmon/promql";
import type { LoadedRuleFile } from "../engine/rules/manager.ts";

export interface LoadRulesOptions {
  readonly patterns: readonly string[];
  /** Where relative patterns start. */
  readonly baseDir: string;
  readonly experimentalFunctions: boolean;
}

/** @throws {DmonError} `bad_rule_file` */
export function loadRuleFiles({ patterns, baseDir, experimentalFunctions }: LoadRulesOptions): LoadedRuleFile[] {
  const checkExpression = (text: string): void => void parseExpr(text, { experimentalFunctions });
  const paths = [...new Set(patterns.flatMap((pattern) => expand(pattern, baseDir)))];
  return paths.map((path) => ({ file: path, groups: requireRuleFile(read(path, baseDir), path, { checkExpression }) }));
}

/** Paths as they were written, relative ones to `baseDir`. */
function expand(pattern: string, baseDir: string): string[] {
  if (!/[*?[]/.test(pattern)) return [pattern];
  const dir = dirname(pattern);
  let names: string[];
  try {
    names = readdirSync(resolve(baseDir, dir));
  } catch {
    return [];
  }
  return names
    .filter((name) => matchesGlob(name, basename(pattern)))
    .sort()
    .map((name) => join(dir, name));
}

function read(path: string, baseDir: string): string {
  try {
    return readFileSync(resolve(baseDir, path), "utf8");
  } catch (cause) {
    throw new DmonError("bad_rule_file", `cannot read rule file ${path}: ${messageOf(cause)}`, { cause });
  }
}
