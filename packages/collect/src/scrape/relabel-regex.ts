/**
 * Regular expressions of relabelling: RE2, anchored at both ends, `.` meeting line feeds too, with Go's template expansion.
 *
 * RE2JS is loaded only where a pattern needs it: the default `(.*)`, plain texts and alternatives of plain texts do not.
 */
import { createRequire } from "node:module";
import { DmonError, messageOf } from "@dmon/model";

export interface RelabelRegex {
  readonly source: string;
  test(text: string): boolean;
  /** Groups by number and by name, "" where a group took no part; undefined where the whole text does not match. */
  match(text: string): Groups | undefined;
}

interface Groups {
  group(name: string): string;
}

/** @throws {DmonError} `bad_relabel` */
export function compileRelabelRegex(source: string): RelabelRegex {
  if (source === "(.*)") return { source, test: () => true, match: (text) => groupsOf([text, text]) };
  if (source === "(.+)") {
    return { source, test: (text) => text !== "", match: (text) => (text === "" ? undefined : groupsOf([text, text])) };
  }
  if (/^[\w/@:, -]*(?:\|[\w/@:, -]*)*$/.test(source)) {
    const texts = new Set(source.split("|"));
    return {
      source,
      test: (text) => texts.has(text),
      match: (text) => (texts.has(text) ? groupsOf([text]) : undefined),
    };
  }
  return compileRe2(source);
}

function groupsOf(groups: readonly string[]): Groups {
  return { group: (name) => (GROUP_NUMBER.test(name) ? (groups[Number(name)] ?? "") : "") };
}

/** Go reads no numbers with leading zeros. */
const GROUP_NUMBER = /^(?:0|[1-9]\d*)$/;

function compileRe2(source: string): RelabelRegex {
  const { RE2JS } = createRequire(import.meta.url)("re2js") as typeof import("re2js");
  let regex: import("re2js").RE2JS;
  try {
    regex = RE2JS.compile(`^(?s:${source})$`);
  } catch (error) {
    throw new DmonError("bad_relabel", `error parsing regexp: ${messageOf(error)}: ${JSON.stringify(source)}`, {
      cause: error,
    });
  }
  const named = regex.namedGroups() as Record<string, number>;
  const count = regex.groupCount();
  return {
    source,
    test: (text) => regex.matches(text),
    match(text) {
      const matcher = regex.matcher(text);
      if (!matcher.matches()) return undefined;
      return {
        group(name) {
          const index = GROUP_NUMBER.test(name) ? Number(name) : named[name];
          return index === undefined || index > count ? "" : (matcher.group(index) ?? "");
        },
      };
    },
  };
}

/** Go's `Regexp.Expand`: `$1`, `$name`, `${name}`, `$$`; a name is as long as it can be, anything else stays. */
export function expandTemplate(template: string, groups: Groups): string {
  return template.replace(TEMPLATE, (whole, braced: string | undefined, bare: string | undefined) => {
    if (whole === "$$") return "$";
    const name = braced ?? bare;
    return name === undefined ? whole : groups.group(name);
  });
}

/** True where a template names a group. */
export function hasTemplate(text: string): boolean {
  return text.includes("$");
}

const TEMPLATE = /\$\$|\$\{([\p{L}\p{Nd}_]+)\}|\$([\p{L}\p{Nd}_]+)/gu;
