/**
 * Patterns of the configuration (devices, mounts, units): RE2 syntax as in node_exporter's flags, found anywhere in the name
 * unless anchored.
 *
 * The defaults mean the same in JavaScript and need no library; a pattern that someone wrote is compiled by RE2JS, which is
 * loaded only then.
 */
import { createRequire } from "node:module";
import { DmonError, messageOf } from "@dmon/model";

export type NameTest = (name: string) => boolean;

/** Syntax that JavaScript reads exactly as RE2 does. */
const SAME_IN_BOTH = /^[\w^$|()?*+.,/ -]*$|^(?:[\w^$|()?*+.,/ -]|\\[d./-]|\[[\w-]+\]|\{\d+\})*$/;
const GROUP_SYNTAX = /\(\?/;

/** @throws {DmonError} `bad_pattern` */
export function compilePattern(pattern: string): NameTest {
  try {
    if (SAME_IN_BOTH.test(pattern) && !GROUP_SYNTAX.test(pattern)) {
      const regex = new RegExp(pattern);
      return (name) => regex.test(name);
    }
    const { RE2JS } = createRequire(import.meta.url)("re2js") as typeof import("re2js");
    const regex = RE2JS.compile(pattern);
    return (name) => regex.matcher(name).find();
  } catch (error) {
    throw new DmonError("bad_pattern", `not a valid regular expression: ${pattern}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * Which names to keep: those that `include` meets, or, where it is empty, those that `exclude` does not.
 *
 * @throws {DmonError} `bad_pattern`, also where both are given
 */
export function nameFilter(include: string, exclude: string): NameTest {
  if (include !== "" && exclude !== "") {
    throw new DmonError("bad_pattern", "an include and an exclude pattern were both given; leave one empty");
  }
  if (include !== "") return compilePattern(include);
  if (exclude === "") return () => true;
  const excluded = compilePattern(exclude);
  return (name) => !excluded(name);
}
