// Keeps a generated part of a Markdown file between two markers:
// `<!-- NAME:start … -->` and `<!-- NAME:end -->`. Everything outside belongs to people.
import { readFileSync, writeFileSync } from "node:fs";

/**
 * @param {string} path the document
 * @param {string} name of the markers
 * @param {string} content what stands between them
 * @param {boolean} checkOnly leave the file as it is
 * @returns {"current" | "written" | "stale"} stale only where `checkOnly`
 */
export function updateBlock(path, name, content, checkOnly) {
  const text = readFileSync(path, "utf8");
  const block = new RegExp(`(<!-- ${name}:start[^>]*-->\n)[\\s\\S]*?(<!-- ${name}:end -->)`);
  if (!block.test(text))
    throw new Error(`${path}: the markers <!-- ${name}:start --> and <!-- ${name}:end --> are gone`);
  const next = text.replace(block, (_, start, end) => `${start}${content}\n${end}`);
  if (next === text) return "current";
  if (checkOnly) return "stale";
  writeFileSync(path, next);
  return "written";
}
