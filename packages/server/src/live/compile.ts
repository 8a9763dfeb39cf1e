/** Selectors of the live stream as a test over label sets. */
import type { Labels, Matcher } from "@dmon/model";
import { parseSelector } from "@dmon/promql";
import { RE2JS } from "re2js";
import type { LabelTest } from "./subscription.ts";

export function compileSelectors(match: readonly string[]): LabelTest {
  const selectors = match.map((text) => parseSelector(text).map(compileMatcher));
  return (labels) => selectors.some((tests) => tests.every((test) => test(labels)));
}

function compileMatcher({ type, name, value }: Matcher): (labels: Labels) => boolean {
  if (type === "=") return (labels) => labels.get(name) === value;
  if (type === "!=") return (labels) => labels.get(name) !== value;
  const pattern = RE2JS.compile(value);
  const wanted = type === "=~";
  return (labels) => pattern.matches(labels.get(name)) === wanted;
}
