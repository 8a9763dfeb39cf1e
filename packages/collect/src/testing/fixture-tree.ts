/**
 * Trees of files kept as one text: `### path` begins a file, `### path -> target` is a symbolic link. Each file ends with its
 * last line.
 */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Writes the tree into a new temporary folder and returns that. The caller removes it. */
export function unpackTree(text: string): string {
  const root = mkdtempSync(join(tmpdir(), "dmon-tree-"));
  for (const part of text.split(/^### /m).slice(1)) {
    const end = part.indexOf("\n");
    const [path, target] = part.slice(0, end).split(" -> ");
    const file = join(root, path!);
    mkdirSync(dirname(file), { recursive: true });
    if (target === undefined) writeFileSync(file, part.slice(end + 1));
    else symlinkSync(target, file);
  }
  return root;
}
