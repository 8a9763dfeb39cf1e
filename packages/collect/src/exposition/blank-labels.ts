/**
 * Labels that a target wrote with an empty value. Such a label is none, but where `honor_labels` holds it keeps the target's
 * own label of that name away, so it is remembered beside the set until the series is resolved.
 */
import { Labels } from "@dmon/model";

const blanks = new WeakMap<Labels, readonly string[]>();
const NONE: readonly string[] = [];

/** The set of pairs as they were written. */
export function writtenLabels(pairs: readonly (readonly [name: string, value: string])[]): Labels {
  const labels = Labels.from(pairs);
  if (labels.size < pairs.length)
    keepBlanks(
      labels,
      pairs.filter(([, value]) => value === "").map(([name]) => name),
    );
  return labels;
}

/** @returns `labels`, which are what became of `written` */
export function withBlanksOf(written: Labels, labels: Labels): Labels {
  if (labels !== written) keepBlanks(labels, blankNames(written));
  return labels;
}

/** Names that were written with an empty value. */
export function blankNames(labels: Labels): readonly string[] {
  return blanks.get(labels) ?? NONE;
}

function keepBlanks(labels: Labels, names: readonly string[]): void {
  if (names.length > 0) blanks.set(labels, names);
}
