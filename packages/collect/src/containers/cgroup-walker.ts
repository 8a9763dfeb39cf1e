/**
 * Finds the cgroups of a host that are containers or services.
 *
 * A cgroup directory has one link more for each directory in it, so one `stat` tells whether it has children and whether their
 * number changed; only then it is listed (a listing shows some forty files as well). A file system that does not count links
 * so is listed always. Most cgroups have no children and never get any: those that had none for a minute are looked at every
 * few walks only; where their parent gained or lost a child, it is listed as always.
 */
import { readdirSync, statSync } from "node:fs";
import { type CgroupIdentity, identifyCgroup, mayHoldOthers } from "./cgroup-path.ts";

/** Deeper cgroups are not looked for. */
const MAX_DEPTH = 10;
/** Children may be replaced by as many others between two walks; so every few walks all is listed. */
const LIST_ALL_EVERY_WALKS = 10;
const LINKS_OF_LEAF = 2;
/** A cgroup without children for so many walks is an old leaf, looked at every so many walks. */
const OLD_LEAF_WALKS = 30;
const LOOK_AT_OLD_LEAVES_EVERY = 5;

interface Folder {
  links: number;
  /** Names of the directories in it. */
  children: readonly string[];
  /** The walk that met it first without children. */
  leafSince: number;
}

export class CgroupWalker {
  readonly #root: string;
  #folders = new Map<string, Folder>();
  #walks = 0;
  /** Names of files met: those of the controllers, the same in each cgroup. No cgroup can be called so. */
  readonly #files = new Set<string>();

  /** @param root of one hierarchy, absolute */
  constructor(root: string) {
    this.#root = root;
  }

  /** Adds what is there now to `found`: paths below the root, with what they are. */
  walk(found: Map<string, CgroupIdentity>): void {
    const folders = new Map<string, Folder>();
    const listAll = this.#walks++ % LIST_ALL_EVERY_WALKS === 0;
    this.#visit("", 0, listAll, folders, found);
    this.#folders = folders;
  }

  #visit(
    path: string,
    depth: number,
    listAll: boolean,
    folders: Map<string, Folder>,
    found: Map<string, CgroupIdentity>,
  ): void {
    const folder = this.#look(path, listAll);
    if (folder === undefined) return;
    folders.set(path, folder);
    for (const name of folder.children) {
      const child = `${path}/${name}`;
      const identity = identifyCgroup(child);
      if (identity !== undefined) found.set(child, identity);
      if (depth < MAX_DEPTH && mayHoldOthers(child)) this.#visit(child, depth + 1, listAll, folders, found);
    }
  }

  #look(path: string, listAll: boolean): Folder | undefined {
    const absolute = this.#root + path;
    const known = this.#folders.get(path);
    if (known !== undefined && !listAll && this.#isOldLeaf(known)) return known;
    const links = statSync(absolute, { throwIfNoEntry: false })?.nlink;
    if (links === undefined) return undefined;
    if (links === LINKS_OF_LEAF) {
      return { links, children: [], leafSince: known?.links === LINKS_OF_LEAF ? known.leafSince : this.#walks };
    }
    if (!listAll && known?.links === links && links > LINKS_OF_LEAF) return known;
    return { links, children: this.#childFolders(absolute), leafSince: this.#walks };
  }

  #isOldLeaf({ links, leafSince }: Folder): boolean {
    if (links !== LINKS_OF_LEAF || this.#walks - leafSince < OLD_LEAF_WALKS) return false;
    return this.#walks % LOOK_AT_OLD_LEAVES_EVERY !== 0;
  }

  /** Directories in a directory; none where it just went or may not be read. */
  #childFolders(absolute: string): readonly string[] {
    try {
      return readdirSync(absolute).filter((name) => !this.#files.has(name) && this.#isFolder(absolute, name));
    } catch {
      return [];
    }
  }

  #isFolder(parent: string, name: string): boolean {
    const entry = statSync(`${parent}/${name}`, { throwIfNoEntry: false });
    if (entry?.isFile()) this.#files.add(name);
    return entry?.isDirectory() ?? false;
  }
}
