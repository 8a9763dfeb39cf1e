/** What of a panel that is shown is not, a sentence each: nothing is dropped silently. */
import { asObject, type Json, list, objects, text } from "./json.ts";
import { linksOf } from "./links.ts";
import { lostOverrides } from "./overrides.ts";
import { mappingsOf, panelOf, reduceOf } from "./panels.ts";

export function notesOf(panel: Json): string[] {
  const { kind } = panelOf(panel);
  if (kind === "unsupported" || kind === "row") return [];
  const name = `"${text(panel.title) ?? ""}"`;
  const found =
    kind === "text" ? textNotes(panel) : [...dataNotes(panel), ...lookNotes(panel), ...linksOf(panel).notes];
  return found.map((note) => `${name}: ${note}.`);
}

function textNotes(panel: Json): string[] {
  const mode = text(asObject(panel.options).mode) ?? text(panel.mode);
  return mode === "html" ? ["its HTML is shown as plain text"] : [];
}

function dataNotes(panel: Json): string[] {
  const steps = objects(panel.transformations).filter((one) => one.disabled !== true && one.id !== "organize");
  const foreign = objects(panel.targets).filter((one) => text(one.expr) === undefined && one.hide !== true);
  const { reduceOptions } = asObject(panel.options);
  const { calcs, values, fields } = asObject(reduceOptions);
  const calc = text(list(calcs)[0]);
  return [
    ...(steps.length === 0 ? [] : [`its transformations (${steps.map((one) => one.id).join(", ")}) are not applied`]),
    ...(foreign.length > 0 && foreign.length < list(panel.targets).length
      ? [`${foreign.length} of its queries ask other data sources and are left out`]
      : []),
    ...(text(panel.timeFrom) || text(panel.timeShift) ? ["it is shown for the page's time, not for its own"] : []),
    ...(calc !== undefined && reduceOf(calc) === "last" && !/^last/.test(calc)
      ? [`"${calc}" of its values cannot be computed here, the last is shown`]
      : []),
    ...(values === true ? ["one number a series is shown, not every value"] : []),
    ...(text(fields) ? [`all of its series are shown, not only the fields ${text(fields)}`] : []),
    ...(panel.alert === undefined ? [] : ["its alert is not taken over: here alerts are rules in files"]),
  ];
}

function lookNotes(panel: Json): string[] {
  const { defaults, overrides } = asObject(panel.fieldConfig);
  const { custom, mappings } = asObject(defaults);
  const { drawStyle, scaleDistribution, axisPlacement, thresholdsStyle } = asObject(custom);
  const refIds = objects(panel.targets).flatMap((one) => (text(one.expr)?.trim() ? [text(one.refId) ?? ""] : []));
  const lost = lostOverrides(objects(overrides), refIds);
  const unread = objects(mappings).filter((one) => mappingsOf(one).length === 0);
  const scale = text(asObject(scaleDistribution).type);
  return [
    ...(drawStyle === "bars" || drawStyle === "points" || panel.bars === true ? ["it is drawn with lines"] : []),
    ...(scale === undefined || scale === "linear" ? [] : ["its axis is linear, not logarithmic"]),
    ...(axisPlacement === "right" || hasSecondAxis(panel) ? ["all of its series share the left axis"] : []),
    ...(asObject(thresholdsStyle).mode === "series" ? ["its lines are not coloured by thresholds"] : []),
    ...(panel.type === "piechart" || panel.type === "grafana-piechart-panel" ? ["its pie is drawn as bars"] : []),
    ...(objects(panel.styles).length > 1 ? ["its columns are not styled"] : []),
    ...(text(panel.prefix) || text(panel.postfix) ? ["the words before and after its number are not shown"] : []),
    ...(objects(panel.thresholds).some((one) => one.op === "lt")
      ? ["a limit that counts from below is drawn as a line only"]
      : []),
    ...(unread.length === 0 ? [] : [`${unread.length} of its value mappings are for values that are no numbers`]),
    ...(lost.length === 0 ? [] : [`settings of single series are not applied (${lost.join(", ")})`]),
  ];
}

function hasSecondAxis(panel: Json): boolean {
  return objects(panel.seriesOverrides).some((one) => one.yaxis === 2);
}
