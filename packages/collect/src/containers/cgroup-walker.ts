/**
 * Finds the cgroups of a host that are containers or services.
 *
 * A cgroup directory has one link more for each directory in it, so one `stat` tells whether it has children and whether their
 * number changed; only then it is listed (a listing shows some forty files as well). A file system that does not count links
 * so is listed always. Most cgroups have no children and never get any, so they are looked at only where the kernel says that
 * there are more or fewer cgroups than before, and every ten walks; where it says nothing, every five once they are a minute old. Where their parent
 * gained or lost a child, it is listed as always.
 */
import { readdirSync } from "node:fs";
import { linkCount } from "../host/quick-stat.ts";
import { type CgroupIdentity, identifyCgroup, mayHoldOthers } from "./cgroup-path.ts";

/** Deeper cgroups are not looked for. */
const MAX_DEPTH = 10;
/** Children may be replaced by as many others between two walks; so every few walks all is listed. */
const LIST_ALL_EVERY_WALKS = 10;
const LINKS_OF_LEAF = 2;
/** A cgroup without children for so many walks is an old leaf, looked at every so many walks. */
const OLD_LEAF_WALKS = 30;
const LOOK_AT_OLD_LEAVES_EVERY = 5;

interface Child {
  /** Below the root of the hierarchy. */
  readonly path: string;
  readonly identity: CgroupIdentity | undefined;
  readonly mayHoldOthers: boolean;
}

interface Folder {
  links: number;
  /** The directories in it. */
  children: readonly Child[];
  /** The walk that met it first without children. */
  leafSince: number;
}

const NO_CHILDREN: readonly Child[] = [];

export class CgroupWalker {
  readonly #root: string;
  #folders = new Map<string, Folder>();
  #walks = 0;
  #population = Number.NaN;
  #isSamePopulation = false;

  /** @param root of one hierarchy, absolute */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Adds what is there now to `found`: paths below the root, with what they are.
   *
   * @param population how many cgroups the host has; NaN where not known
   * @param listAll    look at everything: something is known to have gone
   */
  walk(found: Map<string, CgroupIdentity>, population = Number.NaN, listAll = false): void {
    const folders = new Map<string, Folder>();
    this.#isSamePopulation = population === this.#population;
    this.#population = population;
    this.#visit("", 0, this.#walks++ % LIST_ALL_EVERY_WALKS === 0 || listAll, folders, found);
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
    for (const child of folder.children) {
      if (child.identity !== undefined) found.set(child.path, child.identity);
      if (depth < MAX_DEPTH && child.mayHoldOthers) this.#visit(child.path, depth + 1, listAll, folders, found);
    }
  }

  #look(path: string, listAll: boolean): Folder | undefined {
    const known = this.#folders.get(path);
    if (known !== undefined && !listAll && this.#isRestingLeaf(known)) return known;
    const absolute = this.#root + path;
    const links = linkCount(absolute);
    if (links === undefined) return undefined;
    if (links === LINKS_OF_LEAF) {
      return {
        links,
        children: NO_CHILDREN,
        leafSince: known?.links === LINKS_OF_LEAF ? known.leafSince : this.#walks,
      };
    }
    if (!listAll && known?.links === links && links > LINKS_OF_LEAF) return known;
    return { links, children: this.#childFolders(path, absolute), leafSince: this.#walks };
  }

  #isRestingLeaf({ links, leafSince }: Folder): boolean {
    if (links !== LINKS_OF_LEAF) return false;
    if (!Number.isNaN(this.#population)) return this.#isSamePopulation;
    return this.#walks - leafSince >= OLD_LEAF_WALKS && this.#walks % LOOK_AT_OLD_LEAVES_EVERY !== 0;
  }

  /** Directories in a directory; none where it just went or may not be read. */
  #childFolders(path: string, absolute: string): readonly Child[] {
    try {
      const entries = readdirSync(absolute, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => childOf(`${path}/${name}`));
    } catch {
      return NO_CHILDREN;
    }
  }
}

function childOf(path: string): Child {
  return { path, identity: identifyCgroup(path), mayHoldOthers: mayHoldOthers(path) };
}
