/**
 * Fixtures: a machine's `/proc`, `/sys` and root as one text file.
 *
 * A line `--- <path>` begins a file whose content follows up to the next such line, `--- <path> -> <target>` is a symbolic
 * link, `--- <path>/` an empty directory; what stands before the first of them is a description. All content ends with a
 * newline.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { HostPaths } from "../host/host.ts";

export interface UnpackedTree extends HostPaths, Disposable {
  /** The directory that all three lie in. */
  readonly root: string;
}

/** Writes a tree below a new temporary directory, which is removed on disposal. */
export function unpackTree(treeFile: string): UnpackedTree {
  const root = mkdtempSync(join(tmpdir(), "dmon-tree-"));
  for (const dir of ["proc", "sys", "root"]) mkdirSync(join(root, dir));
  const [, ...entries] = `\n${readFileSync(treeFile, "utf8")}`.split("\n--- ");
  for (const entry of entries) writeEntry(root, entry);
  return {
    root,
    procfs: join(root, "proc"),
    sysfs: join(root, "sys"),
    rootfs: join(root, "root"),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

function writeEntry(root: string, entry: string): void {
  const newline = entry.indexOf("\n");
  const header = newline < 0 ? entry : entry.slice(0, newline);
  const content = newline < 0 ? "" : entry.slice(newline + 1);
  const [name = "", target] = header.split(" -> ");
  const path = join(root, name);
  if (name.endsWith("/")) {
    mkdirSync(path, { recursive: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  if (target !== undefined) symlinkSync(target, path);
  else writeFileSync(path, content === "" ? "" : content.endsWith("\n") ? content : `${content}\n`);
}
