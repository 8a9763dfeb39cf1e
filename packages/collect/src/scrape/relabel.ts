/**
 * Relabelling: what Prometheus' `relabel_configs` and `metric_relabel_configs` do to a label set.
 *
 * Source: the documentation of `<relabel_config>` and `model/relabel` of Prometheus.
 */
import { createHash } from "node:crypto";
import { DmonError } from "@dmon/model";
import { compileRelabelRegex, expandTemplate, hasTemplate, type RelabelRegex } from "./relabel-regex.ts";

export const RELABEL_ACTIONS = [
  "replace",
  "keep",
  "drop",
  "keepequal",
  "dropequal",
  "hashmod",
  "labelmap",
  "labeldrop",
  "labelkeep",
  "lowercase",
  "uppercase",
] as const;
export type RelabelAction = (typeof RELABEL_ACTIONS)[number];

/** A rule as written, with undefined where nothing was written. */
export interface RelabelSpec {
  readonly action?: RelabelAction | undefined;
  readonly source_labels?: readonly string[] | undefined;
  readonly separator?: string | undefined;
  readonly target_label?: string | undefined;
  readonly regex?: string | undefined;
  readonly replacement?: string | undefined;
  readonly modulus?: number | undefined;
}

export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly targetLabel: string;
  readonly regex: RelabelRegex;
  readonly replacement: string;
  readonly modulus: bigint;
}

/** What a rule without a key has; written out, it counts as not written. */
const DEFAULTS: RelabelSpec = { separator: ";", target_label: "", regex: "(.*)", replacement: "$1", modulus: 0 };

/** Labels being changed; an empty value is no label. */
export type LabelMap = Map<string, string>;

/**
 * Checks a rule and compiles it.
 *
 * @param validName whether a text may be a label's name (`utf8`: any text that is not empty)
 * @throws {DmonError} `bad_relabel`, worded as Prometheus words it
 */
export function compileRelabelRule(spec: RelabelSpec, validName: (name: string) => boolean = isUtf8Name): RelabelRule {
  const action = spec.action ?? "replace";
  const target = spec.target_label ?? "";
  const fail = (message: string) => new DmonError("bad_relabel", message);
  if (action === "hashmod" && !spec.modulus) throw fail("relabel configuration for hashmod requires non-zero modulus");
  if (NEEDS_TARGET.has(action) && target === "") {
    throw fail(`relabel configuration for ${action} action requires 'target_label' value`);
  }
  const plainTarget = action !== "replace" || !hasTemplate(target);
  if (NEEDS_TARGET.has(action) && plainTarget && !validName(target)) {
    throw fail(`${JSON.stringify(target)} is invalid 'target_label' for ${action} action`);
  }
  if (NO_REPLACEMENT.has(action) && spec.replacement !== undefined && spec.replacement !== "$1") {
    throw fail(`'replacement' can not be set for ${action} action`);
  }
  if (action === "labelmap" && !validName((spec.replacement ?? "$1").replace(/\$\{\w+\}|\$\w+/g, "x"))) {
    throw fail(`${JSON.stringify(spec.replacement)} is invalid 'replacement' for ${action} action`);
  }
  const other = (names: readonly (keyof RelabelSpec)[]) =>
    names.some((name) => spec[name] !== undefined && spec[name] !== DEFAULTS[name]);
  if ((action === "keepequal" || action === "dropequal") && other(["regex", "modulus", "separator", "replacement"])) {
    throw fail(`${action} action requires only 'source_labels' and 'target_label', and no other fields`);
  }
  if (
    (action === "labeldrop" || action === "labelkeep") &&
    other(["source_labels", "target_label", "modulus", "separator", "replacement"])
  ) {
    throw fail(`${action} action requires only 'regex', and no other fields`);
  }
  return {
    action,
    sourceLabels: spec.source_labels ?? [],
    separator: spec.separator ?? ";",
    targetLabel: target,
    regex: compileRelabelRegex(spec.regex ?? "(.*)"),
    replacement: spec.replacement ?? "$1",
    modulus: BigInt(spec.modulus ?? 0),
  };
}

/**
 * Applies the rules in order, changing `labels` in place.
 *
 * @returns false where a rule dropped the set; `labels` is then half changed
 */
export function relabel(labels: LabelMap, rules: readonly RelabelRule[]): boolean {
  return rules.every((rule) => apply(labels, rule));
}

function apply(labels: LabelMap, rule: RelabelRule): boolean {
  const { regex, targetLabel } = rule;
  const value = rule.sourceLabels.map((name) => labels.get(name) ?? "").join(rule.separator);
  switch (rule.action) {
    case "keep":
      return regex.test(value);
    case "drop":
      return !regex.test(value);
    case "keepequal":
      return (labels.get(targetLabel) ?? "") === value;
    case "dropequal":
      return (labels.get(targetLabel) ?? "") !== value;
    case "replace":
      replace(labels, rule, value);
      return true;
    case "lowercase":
      setLabel(labels, targetLabel, eachLetter(value, lowerOf));
      return true;
    case "uppercase":
      setLabel(
        labels,
        targetLabel,
        eachLetter(value, (letter) => letter.toUpperCase()),
      );
      return true;
    case "hashmod":
      setLabel(labels, targetLabel, String(md5Low64(value) % rule.modulus));
      return true;
    case "labelmap":
      // In order of their names, which decides where two become one.
      for (const [name, given] of [...labels].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const groups = regex.match(name);
        if (groups !== undefined) setLabel(labels, expandTemplate(rule.replacement, groups), given);
      }
      return true;
    default:
      for (const name of [...labels.keys()]) {
        if (regex.test(name) === (rule.action === "labeldrop")) labels.delete(name);
      }
      return true;
  }
}

function replace(labels: LabelMap, rule: RelabelRule, value: string): void {
  const groups = rule.regex.match(value);
  if (groups === undefined) return;
  const target = expandTemplate(rule.targetLabel, groups);
  if (target !== "") setLabel(labels, target, expandTemplate(rule.replacement, groups));
}

function setLabel(labels: LabelMap, name: string, value: string): void {
  if (value === "") labels.delete(name);
  else labels.set(name, value);
}

/** Letter by letter, as Go does: no final sigma, and a letter that would become two stays (`ß`). */
function eachLetter(text: string, change: (letter: string) => string): string {
  return text.replace(/\P{ASCII}|[A-Za-z]/gu, (letter) => {
    const changed = change(letter);
    return [...changed].length === 1 ? changed : letter;
  });
}

function lowerOf(letter: string): string {
  return letter === "\u0130" ? "i" : letter.toLowerCase();
}

/** The last eight bytes of the MD5 sum, big-endian: the choice of Prometheus' `hashmod`. */
function md5Low64(text: string): bigint {
  return createHash("md5").update(text).digest().readBigUInt64BE(8);
}

function isUtf8Name(name: string): boolean {
  return name !== "" && name.isWellFormed();
}

const NEEDS_TARGET: ReadonlySet<RelabelAction> = new Set([
  "replace",
  "hashmod",
  "lowercase",
  "uppercase",
  "keepequal",
  "dropequal",
]);
const NO_REPLACEMENT: ReadonlySet<RelabelAction> = new Set(["lowercase", "uppercase", "keepequal", "dropequal"]);
