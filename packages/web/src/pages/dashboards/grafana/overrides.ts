/** Settings of single series: which they are (a matcher), and what of them is drawn differently. */
import type { DashboardOverride } from "@dmon/model";
import { nearestColor } from "./colors.ts";
import { asObject, type Json, list, number, objects, optional, text } from "./json.ts";

/** @param refIds names of the panel's queries, aligned with them */
export function overridesOf(override: Json, refIds: readonly string[]): DashboardOverride[] {
  const change = Object.assign({}, ...objects(override.properties).map((one) => propertyOf(one) ?? {})) as object;
  const which = matchOf(asObject(override.matcher), refIds);
  return which === undefined || Object.keys(change).length === 0 ? [] : [{ ...which, ...change }];
}

const EVERY = "/.*/";

/** Undefined where such series cannot be told here. */
function matchOf(
  { id, options }: Json,
  refIds: readonly string[],
): Pick<DashboardOverride, "match" | "negate" | "query"> | undefined {
  if (id === "byName" && typeof options === "string") return { match: options };
  if (id === "byRegexp" && typeof options === "string") return { match: asPattern(options) };
  if (id === "byType") return options === "number" ? { match: EVERY } : undefined;
  if (id === "byFrameRefID") {
    const query = refIds.indexOf(String(options));
    return query === -1 ? undefined : { match: EVERY, query };
  }
  if (id !== "byNames") return undefined;
  const { names, mode } = asObject(options);
  const pattern = `/^(${list(names).map(String).map(escapePattern).join("|")})$/`;
  return { match: pattern, ...(mode === "exclude" ? { negate: true } : {}) };
}

function asPattern(options: string): string {
  return options.startsWith("/") ? options : `/${options}/`;
}

function escapePattern(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Undefined for a property that is not taken over. */
function propertyOf({ id, value }: Json): Partial<DashboardOverride> | undefined {
  const json = asObject(value);
  switch (id) {
    case "custom.transform":
      return value === "negative-Y" ? { downwards: true } : {};
    case "custom.fillOpacity":
      return { fill: (number(value) ?? 0) > 0 };
    case "custom.lineStyle":
      return json.fill === "dash" || json.fill === "dot" ? { dashed: true } : {};
    case "custom.stacking":
      // A group of `false` takes the line out of the stack.
      return { stacked: json.group !== false && (json.mode === "normal" || json.mode === "percent") };
    case "custom.hideFrom":
      return json.viz === true ? { hidden: true } : {};
    case "color":
      return optional("color", text(json.fixedColor) === undefined ? undefined : nearestColor(text(json.fixedColor)!));
    case "displayName":
      return optional("name", text(value));
    case "unit":
      return optional("unit", text(value));
    default:
      return undefined;
  }
}

/** Looks only: what is read is the same without them. */
const COSMETIC =
  /^custom\.(line(Width|Interpolation)|width|minWidth|align|cellOptions|displayMode|pointSize|showPoints|gradientMode|spanNulls|insertNulls|axis(Label|BorderShow|ColorMode|GridShow|Width|CenteredZero)|barAlignment|barWidthFactor|filterable|inspect|wrapText|cellHeight)$/;

/** What of the settings for single series is not applied, in words: `axisPlacement of "Total"`. */
export function lostOverrides(overrides: readonly Json[], refIds: readonly string[]): string[] {
  return overrides.flatMap(({ matcher, properties }) => {
    const { id, options } = asObject(matcher);
    const wanted = objects(properties).filter((one) => !COSMETIC.test(String(one.id)) && one.id !== "links");
    if (wanted.length === 0) return [];
    const name = typeof options === "string" ? `"${options}"` : JSON.stringify(options ?? "");
    // What is said of times and texts has nothing to be said of here.
    if (id === "byType" && options !== "number") return [];
    if (matchOf(asObject(matcher), refIds) === undefined) return [`series chosen by ${String(id)} ${name}`];
    const lost = wanted.filter((one) => propertyOf(one) === undefined);
    return lost.map((one) => `${String(one.id).replace("custom.", "")} of ${name}`);
  });
}
