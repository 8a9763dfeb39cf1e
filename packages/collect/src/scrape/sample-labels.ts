/** Labels of a scraped sample: its own, the target's, metric relabelling, limits. Runs once a series. */
import { DmonError, isLegacyLabelName, isLegacyMetricName, Labels, METRIC_NAME } from "@dmon/model";
import { blankNames } from "../exposition/blank-labels.ts";
import { type LabelMap, relabel } from "./relabel.ts";
import type { ScrapeJob } from "./scrape-config.ts";

/**
 * @returns undefined where metric relabelling drops the sample
 * @throws {DmonError} `bad_sample`: it fails the whole scrape, as in Prometheus
 */
export function sampleLabels(job: ScrapeJob, target: Labels, own: Labels): Labels | undefined {
  const map: LabelMap = new Map(own);
  if (job.honorLabels) {
    const blank = blankNames(own);
    for (const [name, value] of target) if (!map.has(name) && !blank.includes(name)) map.set(name, value);
  } else exportConflicts(map, target);
  if (!relabel(map, job.metricRelabelRules)) return undefined;
  const labels = Labels.from(map);
  if (labels.size === 0) return undefined;
  if (labels.name === "") throw bad("missing metric name (__name__ label)");
  if (job.legacyNames && !hasLegacyNames(labels)) throw bad(`invalid metric name or label names: ${labels.toString()}`);
  checkLimits(job, labels);
  return labels;
}

/** The target's labels win; an own label of that name becomes `exported_…`. */
function exportConflicts(map: LabelMap, target: Labels): void {
  const conflicts: [name: string, value: string][] = [];
  for (const [name, value] of target) {
    const own = map.get(name);
    if (own !== undefined) conflicts.push([name, own]);
    map.set(name, value);
  }
  // Shorter names first, so that `exported_a` of the target's making never displaces one that was there.
  conflicts.sort(([a], [b]) => a.length - b.length);
  for (const [name, value] of conflicts) {
    let renamed = name;
    do renamed = `exported_${renamed}`;
    while (map.has(renamed));
    map.set(renamed, value);
  }
}

function hasLegacyNames(labels: Labels): boolean {
  return [...labels].every(([name, value]) =>
    name === METRIC_NAME ? isLegacyMetricName(value) : isLegacyLabelName(name),
  );
}

function checkLimits(job: ScrapeJob, labels: Labels): void {
  const metric = labels.name.slice(0, 50);
  if (job.labelLimit > 0 && labels.size > job.labelLimit) {
    throw bad(`label_limit exceeded (metric: ${metric}, number of labels: ${labels.size}, limit: ${job.labelLimit})`);
  }
  if (job.labelNameLengthLimit === 0 && job.labelValueLengthLimit === 0) return;
  for (const [name, value] of labels) {
    const nameLength = Buffer.byteLength(name);
    if (job.labelNameLengthLimit > 0 && nameLength > job.labelNameLengthLimit) {
      throw bad(
        `label_name_length_limit exceeded (metric: ${metric}, label name: ${name.slice(0, 50)}, length: ${nameLength}, limit: ${job.labelNameLengthLimit})`,
      );
    }
    const valueLength = Buffer.byteLength(value);
    if (job.labelValueLengthLimit > 0 && valueLength > job.labelValueLengthLimit) {
      throw bad(
        `label_value_length_limit exceeded (metric: ${metric}, label name: ${name.slice(0, 50)}, value: ${JSON.stringify(value.slice(0, 50))}, length: ${valueLength}, limit: ${job.labelValueLengthLimit})`,
      );
    }
  }
}

function bad(message: string): DmonError {
  return new DmonError("bad_sample", message);
}
