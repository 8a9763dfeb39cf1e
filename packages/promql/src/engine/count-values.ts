/** `count_values`: how often each value occurs, the value as a label. */
import { formatPlainFloat, type Slices } from "@dmon/model";
import type { Aggregate } from "../ast.ts";
import { formatHistogram } from "../histogram/index.ts";
import { queryFailed } from "./context.ts";
import type { Evaluation } from "./evaluation.ts";
import { Grouping } from "./grouping.ts";
import { ABSENT, FLOAT, Series, type SeriesSink } from "./series.ts";

export function* countValues(evaluation: Evaluation, expr: Aggregate, sink: SeriesSink): Slices<void> {
  const { context, grid } = evaluation;
  const label = evaluation.text(expr.param!);
  if (label === "") throw queryFailed('invalid label name ""');
  const names = expr.without ? expr.grouping : [...expr.grouping, label];
  const grouping = new Grouping<Series>(names, expr.without);
  yield* evaluation.vector(expr.expr, ({ labels, kinds, values, histograms }) => {
    const counts = new Map<string, Series>();
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === ABSENT) continue;
      const text = kinds[step] === FLOAT ? formatPlainFloat(values[step]!) : formatHistogram(histograms![step]!);
      let count = counts.get(text);
      if (count === undefined) {
        count = grouping.of(labels.with(label, text), (groupLabels) => {
          context.hold(grid.count);
          const made = new Series(grid.count);
          made.labels = groupLabels;
          made.kept = true;
          return made;
        });
        counts.set(text, count);
      }
      count.setFloat(step, (count.kinds[step] === ABSENT ? 0 : count.values[step]!) + 1);
    }
  });
  for (const { group } of grouping.groups()) {
    context.release(grid.count);
    sink(group);
  }
}
