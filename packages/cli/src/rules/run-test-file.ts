/** One file of rule unit tests: reads the rules it names, runs its tests. */
import { type RuleGroupDefinition, requireRuleFile } from "@dmon/alerting";
import { messageOf } from "@dmon/model";
import { parseExpr } from "@dmon/promql";
import { runUnitTest } from "./run-unit-test.ts";
import { readUnitTestFile, type UnitTestFile } from "./unit-test-file.ts";

export interface TestFileOptions {
  /** @throws {DmonError} where it cannot be read */
  readonly readFile: (path: string) => string;
  /** Files of a pattern that stands in the test file `from`. */
  readonly expand: (pattern: string, from: string) => readonly string[];
  readonly isWanted: (name: string) => boolean;
  readonly ignoreUnknownFields: boolean;
  readonly experimentalFunctions: boolean;
}

export interface TestFileReport {
  readonly passed: number;
  readonly failures: readonly { readonly name: string; readonly problems: readonly string[] }[];
}

const DEFAULT_INTERVAL_MS = 60_000;

export function runTestFile(file: string, options: TestFileOptions): TestFileReport {
  let content: UnitTestFile;
  let groups: { readonly file: string; readonly definition: RuleGroupDefinition }[];
  try {
    content = readUnitTestFile(options.readFile(file), file, options.ignoreUnknownFields);
    groups = content.rule_files
      .flatMap((pattern) => options.expand(pattern, file))
      .flatMap((path) => loadGroups(path, options));
  } catch (error) {
    return { passed: 0, failures: [{ name: "the file", problems: [messageOf(error)] }] };
  }
  const tests = content.tests
    .map((test, i) => ({ test, name: test.name || `test ${i + 1}` }))
    .filter(({ test }) => options.isWanted(test.name));
  const results = tests.map(({ test, name }) => ({
    name,
    problems: runUnitTest(test, {
      groups,
      experimentalFunctions: options.experimentalFunctions,
      evaluationIntervalMs: content.evaluation_interval || DEFAULT_INTERVAL_MS,
      groupOrder: content.group_eval_order,
      fuzzyCompare: content.fuzzy_compare,
    }),
  }));
  const failures = results.filter(({ problems }) => problems.length > 0);
  return { passed: results.length - failures.length, failures };
}

function loadGroups(path: string, { readFile, ignoreUnknownFields, experimentalFunctions }: TestFileOptions) {
  const checkExpression = (text: string): void => void parseExpr(text, { experimentalFunctions });
  return requireRuleFile(readFile(path), path, { checkExpression, ignoreUnknownFields }).map((definition) => ({
    file: path,
    definition,
  }));
}
