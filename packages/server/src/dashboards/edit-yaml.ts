/**
 * Writes a changed document into the YAML that it was read from: what did not change stays as somebody wrote it, with its remarks,
 * its order and its quotes (blanks inside of brackets are evened). Items of a list are found by their `id` or `name`, so that remarks move with a panel.
 *
 * What cannot be kept that way (anchors, several documents) is written anew. Pure.
 */
import {
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/** @param value plain data, as JSON has it */
export function editYaml(text: string, value: unknown): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents) || hasAliases(document))
    return new Document(value).toString();
  document.contents = edited(document, document.contents, value) as never;
  return document.toString({ lineWidth: 0 });
}

function hasAliases(document: Document): boolean {
  let found = false;
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node) || ("anchor" in node && node.anchor !== undefined)) found = true;
    },
  });
  return found;
}

function edited(document: Document, node: unknown, value: unknown): unknown {
  if (isMap(node) && isObject(value)) return editedMap(document, node, value);
  if (isSeq(node) && Array.isArray(value)) return editedList(document, node, value);
  if (isScalar(node) && !isObject(value) && !Array.isArray(value)) {
    if (node.value !== value) setScalar(node, value);
    return node;
  }
  return document.createNode(value);
}

/** The value's own style may not suit another (`1` as text needs quotes). */
function setScalar(node: Scalar, value: unknown): void {
  node.value = value;
  delete node.source;
  delete node.type;
  delete node.format;
}

function editedMap(document: Document, map: YAMLMap, value: Readonly<Record<string, unknown>>): YAMLMap {
  map.items = map.items.filter((pair) => keyOf(pair.key) in value);
  for (const [key, next] of Object.entries(value)) {
    if (next === undefined) continue;
    const pair = map.items.find((one) => keyOf(one.key) === key);
    if (pair === undefined) map.items.push(document.createPair(key, next));
    else pair.value = edited(document, pair.value, next);
  }
  return map;
}

function editedList(document: Document, list: YAMLSeq, value: readonly unknown[]): YAMLSeq {
  const before = [...list.items];
  const isNamed = value.every((one) => nameOf(one) !== undefined);
  list.items = value.map((one, i) => {
    const at = isNamed ? before.findIndex((node) => nameOfNode(node) === nameOf(one)) : i;
    return edited(document, before[at], one) as Node;
  });
  return list;
}

function nameOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const name = value.id ?? value.name;
  return name === undefined ? undefined : JSON.stringify(name);
}

function nameOfNode(node: unknown): string | undefined {
  if (!isMap(node)) return undefined;
  const name: unknown = node.get("id") ?? node.get("name");
  return name === undefined ? undefined : JSON.stringify(name);
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
