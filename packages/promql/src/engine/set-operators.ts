/** `and`, `or`, `unless`: which samples stay, by whether the other side has any with the same labels at that step. */
import type { Slices } from "@dmon/model";
import type { Binary, Expr } from "../ast.ts";
import type { Evaluation } from "./evaluation.ts";
import { SeriesMerger } from "./merge.ts";
import { ABSENT, type Series, type SeriesSink } from "./series.ts";
import { Signatures } from "./signature.ts";

export function* evalSetOperator(evaluation: Evaluation, expr: Binary, sink: SeriesSink): Slices<void> {
  const signatures = new Signatures(expr.matching ?? { labels: [], on: false });
  if (expr.op === "or") {
    yield* union(evaluation, expr, signatures, sink);
    return;
  }
  const isAnd = expr.op === "and";
  const present = yield* presence(evaluation, expr.right, signatures);
  yield* evaluation.vector(expr.left, (series) => {
    const other = present.get(signatures.keyOf(series.labels));
    if (other === undefined) {
      if (!isAnd) sink(series);
      return;
    }
    for (let step = 0; step < other.length; step++) if ((other[step] !== 0) !== isAnd) series.clear(step);
    if (series.isPresent) sink(series);
  });
}

/** For each signature, 1 at the steps at which some series of the vector has a sample. */
function* presence(
  evaluation: Evaluation,
  expr: Expr,
  signatures: Signatures,
): Slices<ReadonlyMap<string, Uint8Array>> {
  const masks = new Map<string, Uint8Array>();
  yield* evaluation.vector(expr, (series) => mark(masks, signatures.keyOf(series.labels), series));
  return masks;
}

function mark(masks: Map<string, Uint8Array>, key: string, { kinds }: Series): void {
  let mask = masks.get(key);
  if (mask === undefined) {
    mask = new Uint8Array(kinds.length);
    masks.set(key, mask);
  }
  for (let step = 0; step < kinds.length; step++) if (kinds[step] !== ABSENT) mask[step] = 1;
}

/** All of the left, and of the right what the left has not. A series may come from both, at different steps. */
function* union(evaluation: Evaluation, expr: Binary, signatures: Signatures, sink: SeriesSink): Slices<void> {
  const masks = new Map<string, Uint8Array>();
  const merger = new SeriesMerger(evaluation);
  yield* evaluation.vector(expr.left, (series) => {
    mark(masks, signatures.keyOf(series.labels), series);
    merger.add(series);
  });
  yield* evaluation.vector(expr.right, (series) => {
    const left = masks.get(signatures.keyOf(series.labels));
    if (left !== undefined) {
      for (let step = 0; step < left.length; step++) if (left[step] !== 0) series.clear(step);
      if (!series.isPresent) return;
    }
    merger.add(series);
  });
  merger.flush(sink);
}
