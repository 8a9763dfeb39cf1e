/** Matchers as a test over label sets, for things that are not in the store: live series, rules. */
import type { Labels, Matcher } from "@dmon/model";
import { RE2JS } from "re2js";

export type LabelTest = (labels: Labels) => boolean;

/** True where all matchers hold. */
export function labelTest(matchers: readonly Matcher[]): LabelTest {
  const tests = matchers.map(compileMatcher);
  return (labels) => tests.every((test) => test(labels));
}

function compileMatcher({ type, name, value }: Matcher): LabelTest {
  if (type === "=") return (labels) => labels.get(name) === value;
  if (type === "!=") return (labels) => labels.get(name) !== value;
  const pattern = RE2JS.compile(value, RE2JS.DOTALL);
  const wanted = type === "=~";
  return (labels) => pattern.matches(labels.get(name)) === wanted;
}
