/**
 * Whether this page is still the one that the server hands out: after an upgrade an open page asks for parts that are gone.
 *
 * A build is told by the scripts that it begins with: their names hold a hash of everything they load. The state is the page's only one.
 */
const listeners = new Set<() => void>();
let outdated = false;

/** Hears when the page turns out to be of another build. */
export function listenBuild(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Known so far, without asking. */
export function isOutdated(): boolean {
  return outdated;
}

/** Asks the server. @returns undefined where it does not answer */
export async function checkBuild(): Promise<boolean | undefined> {
  const own = buildOf(document.documentElement.outerHTML);
  const theirs = await currentBuild();
  if (own === undefined || theirs === undefined) return undefined;
  if (outdated !== (theirs !== own)) {
    outdated = theirs !== own;
    for (const listener of listeners) listener();
  }
  return outdated;
}

async function currentBuild(): Promise<string | undefined> {
  try {
    const response = await fetch("/", { cache: "no-store", headers: { accept: "text/html" } });
    return response.ok ? buildOf(await response.text()) : undefined;
  } catch {
    return undefined;
  }
}

/** The addresses of the module scripts in a page's text; undefined where there are none. */
export function buildOf(html: string): string | undefined {
  const scripts = html.match(/<script\b[^>]*\btype="module"[^>]*>/g) ?? [];
  return scripts.length === 0 ? undefined : scripts.map((tag) => /\bsrc="([^"]+)"/.exec(tag)?.[1]).join(" ");
}

/** A part of the page that could not be loaded. */
export class PartError extends Error {
  /** The server has another page by now; undefined where it does not answer. */
  readonly isOutdated: boolean | undefined;

  constructor(outdatedNow: boolean | undefined, cause: unknown) {
    super(
      outdatedNow === undefined
        ? "A part of the page could not be loaded: the server does not answer."
        : outdatedNow
          ? "The server was updated, and this page is of the version before: a part of it is gone."
          : "A part of the page could not be loaded.",
      { cause },
    );
    this.name = "PartError";
    this.isOutdated = outdatedNow;
  }
}

/** Loads a part of the page. @throws {PartError} which says why it could not be */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new PartError(await checkBuild(), cause);
  }
}

const RELOADED = "dmon.reloaded-for";

/**
 * Loads the page anew at its address, which holds its time and what is chosen. Once a build: where that was no help, whoever
 * reads decides.
 *
 * @returns whether it does
 */
export function reloadOnce(): boolean {
  const own = buildOf(document.documentElement.outerHTML) ?? "";
  try {
    if (sessionStorage.getItem(RELOADED) === own) return false;
    sessionStorage.setItem(RELOADED, own);
  } catch {
    return false;
  }
  location.reload();
  return true;
}
