/** Selectors of the live stream as a test over label sets: any may match. */
import { parseSelector } from "@dmon/promql";
import { type LabelTest, labelTest } from "../label-test.ts";

export function compileSelectors(match: readonly string[]): LabelTest {
  const selectors = match.map((text) => labelTest(parseSelector(text)));
  return (labels) => selectors.some((test) => test(labels));
}
