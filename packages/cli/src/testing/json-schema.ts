/** Checks a value against the part of JSON Schema 2020-12 that this project's own schemas use. Unknown keywords are refused. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Schema = { readonly [key: string]: Json };

const ANNOTATIONS = new Set(["$schema", "$defs", "title", "description"]);

/** All violations as `path: what is wrong`; none where the value fits. */
export function violations(schema: Schema, value: unknown, root: Schema = schema, path = "$"): string[] {
  const out: string[] = [];
  for (const [keyword, expected] of Object.entries(schema)) {
    if (ANNOTATIONS.has(keyword)) continue;
    const check = CHECKS[keyword];
    if (check === undefined) out.push(`${path}: the schema uses ${keyword}, which is not checked here`);
    else out.push(...check(expected, value, { schema, root, path }));
  }
  return out;
}

interface Place {
  readonly schema: Schema;
  readonly root: Schema;
  readonly path: string;
}

type Check = (expected: Json, value: unknown, place: Place) => string[];

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (ref, value, { root, path }) => {
    const target = String(ref)
      .slice(2)
      .split("/")
      .reduce<Json>((at, key) => (at as Schema)[key] ?? null, root);
    return violations(target as Schema, value, root, path);
  },
  type: (types, value, { path }) => {
    const allowed = [types].flat() as string[];
    const actual = typeOf(value);
    const fits = allowed.includes(actual) || (actual === "integer" && allowed.includes("number"));
    return fits ? [] : [`${path}: is ${actual}, not ${allowed.join(" or ")}`];
  },
  const: (only, value, { path }) => (value === only ? [] : [`${path}: is not ${JSON.stringify(only)}`]),
  enum: (choices, value, { path }) =>
    (choices as Json[]).includes(value as Json) ? [] : [`${path}: is not one of ${JSON.stringify(choices)}`],
  minimum: (least, value, { path }) =>
    typeof value === "number" && value < Number(least) ? [`${path}: below ${least}`] : [],
  maximum: (most, value, { path }) =>
    typeof value === "number" && value > Number(most) ? [`${path}: above ${most}`] : [],
  pattern: (pattern, value, { path }) =>
    typeof value === "string" && !new RegExp(String(pattern)).test(value) ? [`${path}: does not match ${pattern}`] : [],
  required: (names, value, { path }) =>
    isObject(value)
      ? (names as string[]).filter((name) => !(name in value)).map((name) => `${path}: lacks ${name}`)
      : [],
  properties: (properties, value, { root, path }) =>
    isObject(value)
      ? Object.entries(properties as Record<string, Schema>).flatMap(([name, schema]) =>
          name in value ? violations(schema, value[name], root, `${path}.${name}`) : [],
        )
      : [],
  additionalProperties: (_, value, { schema, path }) =>
    isObject(value)
      ? Object.keys(value)
          .filter((name) => !(name in (schema.properties as Schema)))
          .map((name) => `${path}: has ${name}, which is not in the schema`)
      : [],
  items: (schema, value, { root, path }) =>
    Array.isArray(value) ? value.flatMap((item, i) => violations(schema as Schema, item, root, `${path}[${i}]`)) : [],
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeOf(value) === "object";
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}
