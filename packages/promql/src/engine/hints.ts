/**
 * Hints of native histograms where only their count and sum are asked (`histogram_count`, `histogram_sum`, `histogram_avg`).
 *
 * Prometheus reads such series by a special iterator, which finds resets itself where the store does not know. The answer
 * differs in its warnings only. Source: prometheus `promql/histogram_stats_iterator.go`.
 */
import { type FloatHistogram, type SampleColumns, SampleKind } from "@dmon/model";
import { childrenOf, type Expr } from "../ast.ts";
import { detectReset } from "../histogram/index.ts";

const STATISTICS: ReadonlySet<string> = new Set(["histogram_avg", "histogram_count", "histogram_sum"]);
const WHOLE: ReadonlySet<string> = new Set([
  "histogram_fraction",
  "histogram_quantile",
  "histogram_quantiles",
  "histogram_stddev",
  "histogram_stdvar",
]);

/** The vector selectors within a call that asks for statistics, and within nothing that needs whole histograms. */
export function selectorsOfStatistics(expr: Expr): ReadonlySet<Expr> {
  const found = new Set<Expr>();
  const waiting = [{ node: expr, wanted: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, wanted } = next;
    if (needsWhole(node)) continue;
    if (node.type === "vectorSelector" && wanted) found.add(node);
    const within = wanted || (node.type === "call" && STATISTICS.has(node.func));
    for (const child of childrenOf(node)) waiting.push({ node: child, wanted: within });
  }
  return found;
}

/** What reads buckets, or, as a subquery, finds resets by them. */
function needsWhole(node: Expr): boolean {
  if (node.type === "subquery") return true;
  if (node.type === "binary") return node.op === "</" || node.op === ">/";
  return node.type === "call" && WHOLE.has(node.func);
}

/** Replaces unknown hints by what comparing with the sample before gives. */
export function detectHints(samples: SampleColumns): void {
  if (!samples.hasHistograms) return;
  let previous: FloatHistogram | undefined;
  for (let i = 0; i < samples.length; i++) {
    if (samples.kinds[i] !== SampleKind.HISTOGRAM) continue;
    const histogram = samples.histograms[i]!;
    if (previous !== undefined && histogram.counterResetHint === "unknown") {
      const hint = detectReset(histogram, previous) ? "reset" : "not_reset";
      samples.histograms[i] = { ...histogram, counterResetHint: hint };
    }
    previous = histogram;
  }
}
