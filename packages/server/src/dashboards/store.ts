/**
 * Dashboards as files, one each, in `<data-dir>/dashboards/`: edited in the page, in an editor, or kept in git.
 *
 * The file's name is the id. A revision is a hash of its bytes, so that an edit on disk and one in the page cannot overwrite
 * each other unseen. Files are written beside and renamed: never half a file.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type DashboardDocument,
  type DashboardListItem,
  type DashboardWrite,
  DmonError,
  messageOf,
  type StoredDashboard,
} from "@dmon/model";

const EXTENSIONS = ["json", "yaml", "yml"] as const;
const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const MAX_FILE_BYTES = 8 * 1024 * 1024;

export class DashboardStore {
  readonly #dir: string;
  /** Writes to one dashboard wait for each other. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string) {
    this.#dir = join(dataDir, "dashboards");
  }

  /** By title. A file that cannot be read is listed with its problem as title rather than hidden. */
  async list(): Promise<DashboardListItem[]> {
    const names = await readdir(this.#dir).catch(() => [] as string[]);
    const items = await Promise.all(names.map((name) => this.#describe(name)));
    return items.filter((item) => item !== undefined).sort((a, b) => a.title.localeCompare(b.title));
  }

  /** @throws {DmonError} `not_found`, `dashboard_invalid` */
  async get(id: string): Promise<StoredDashboard> {
    const { text, path } = await this.#read(id);
    return { id, revision: revisionOf(text), document: await parseDocument(text, path) };
  }

  /** @throws {DmonError} `dashboard_conflict`, `dashboard_invalid` */
  put(id: string, write: DashboardWrite): Promise<StoredDashboard> {
    checkId(id);
    return this.#inTurn(async () => {
      const known = await this.#read(id).catch(() => undefined);
      const revision = known === undefined ? undefined : revisionOf(known.text);
      if (write.revision !== revision) {
        const what =
          revision === undefined ? "it was deleted meanwhile" : "it was changed meanwhile, or the name is taken";
        throw new DmonError("dashboard_conflict", `dashboard ${id} was not saved: ${what}; load it again`);
      }
      const text = await this.#format(write.document, known);
      const path = known?.path ?? join(this.#dir, `${id}.json`);
      await mkdir(this.#dir, { recursive: true, mode: 0o700 });
      const beside = `${path}.${randomUUID()}.tmp`;
      await writeFile(beside, text, { flush: true });
      await rename(beside, path);
      return { id, revision: revisionOf(text), document: write.document };
    });
  }

  /** @throws {DmonError} `not_found` */
  remove(id: string): Promise<void> {
    return this.#inTurn(async () => rm((await this.#read(id)).path));
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(run);
    this.#writing = result.catch(() => undefined);
    return result;
  }

  /** A file that was written as YAML stays YAML, with its remarks. */
  async #format(document: DashboardDocument, known: { text: string; path: string } | undefined): Promise<string> {
    if (known === undefined || known.path.endsWith(".json")) return `${JSON.stringify(document, null, 2)}\n`;
    const { editYaml } = await import("./edit-yaml.ts");
    return editYaml(known.text, document);
  }

  async #read(id: string): Promise<{ text: string; path: string }> {
    checkId(id);
    for (const extension of EXTENSIONS) {
      const path = join(this.#dir, `${id}.${extension}`);
      const info = await stat(path).catch(() => undefined);
      if (info === undefined || !info.isFile()) continue;
      if (info.size > MAX_FILE_BYTES)
        throw new DmonError("dashboard_invalid", `${path} is larger than ${MAX_FILE_BYTES} bytes`);
      return { text: await readFile(path, "utf8"), path };
    }
    throw new DmonError("not_found", `there is no dashboard ${JSON.stringify(id)}`);
  }

  async #describe(fileName: string): Promise<DashboardListItem | undefined> {
    const match = /^(.*)\.(json|ya?ml)$/.exec(fileName);
    const id = match?.[1] ?? "";
    if (!ID.test(id)) return undefined;
    const path = join(this.#dir, fileName);
    const info = await stat(path).catch(() => undefined);
    if (info === undefined) return undefined;
    const updatedAtMs = Math.round(info.mtimeMs);
    try {
      const { title = id, tags = [], panels = [] } = (await this.get(id)).document;
      return { id, title: String(title), tags: tags.map(String), panelCount: panels.length, updatedAtMs };
    } catch (error) {
      return { id, title: `${id} (${messageOf(error)})`, tags: [], panelCount: 0, updatedAtMs };
    }
  }
}

function checkId(id: string): void {
  if (ID.test(id)) return;
  throw new DmonError(
    "dashboard_invalid",
    `${JSON.stringify(id)} is no dashboard id: small letters, digits and dashes, at most 63`,
  );
}

function revisionOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

async function parseDocument(text: string, path: string): Promise<DashboardDocument> {
  let value: unknown;
  try {
    value = path.endsWith(".json") ? JSON.parse(text) : (await import("yaml")).parse(text, { maxAliasCount: 100 });
  } catch (cause) {
    throw new DmonError("dashboard_invalid", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DmonError("dashboard_invalid", `${path} holds no dashboard: expected an object`);
  }
  // What is not ours (no `schema: 1`), a Grafana export for one, is passed on as it is: the page converts it.
  return value as DashboardDocument;
}
