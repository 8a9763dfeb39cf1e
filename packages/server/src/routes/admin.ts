/**
 * `/api/v1/admin/tsdb/snapshot`, and what the other paths of the admin API answer while it is off. What changes the store runs
 * in the engine (`engine/api/admin.ts`).
 *
 * A snapshot is a backup in `<data>/snapshots/<name>`: `dmon restore` reads it, and so does `dmon start --data-dir`. It is
 * copied and checked by a thread of its own, since reading back a gigabyte takes seconds.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { DmonError } from "@dmon/model";
import type { FastifyInstance, FastifyRequest } from "fastify";

export interface AdminOptions {
  readonly isEnabled: boolean;
  readonly dataDir: string;
}

const BASE = "/api/v1/admin/tsdb";
/** Ending of a snapshot that is not finished. */
const PARTIAL = ".tmp";

export function registerAdmin(app: FastifyInstance, { isEnabled, dataDir }: AdminOptions): void {
  const actions = ["delete_series", "clean_tombstones", "snapshot"] as const;
  for (const action of actions) {
    app.route({
      method: ["GET", "DELETE"],
      url: `${BASE}/${action}`,
      handler: (_request, reply) =>
        reply.code(405).header("allow", "POST, PUT").type("text/plain; charset=utf-8").send("Method Not Allowed\n"),
    });
    if (isEnabled) continue;
    app.route({
      method: ["POST", "PUT"],
      url: `${BASE}/${action}`,
      config: { access: "privileged" },
      handler: () => {
        throw new DmonError("admin_api_disabled", "admin APIs disabled");
      },
    });
  }
  if (!isEnabled) return;
  const snapshots = join(dataDir, "snapshots");
  removePartial(snapshots);
  app.route({
    method: ["POST", "PUT"],
    url: `${BASE}/snapshot`,
    config: { access: "privileged" },
    handler: async (request) => {
      const skipHead = isTrue(paramOf(request, "skip_head"));
      const name = snapshotName(new Date());
      mkdirSync(snapshots, { recursive: true, mode: 0o700 });
      const target = join(snapshots, name);
      try {
        await copyInThread(dataDir, target + PARTIAL, skipHead);
        renameSync(target + PARTIAL, target);
      } catch (error) {
        rmSync(target + PARTIAL, { recursive: true, force: true });
        throw error;
      }
      return { status: "success", data: { name } };
    },
  });
}

/** What a process that died amid a snapshot left. */
function removePartial(snapshots: string): void {
  if (!existsSync(snapshots)) return;
  for (const name of readdirSync(snapshots)) {
    if (name.endsWith(PARTIAL)) rmSync(join(snapshots, name), { recursive: true, force: true });
  }
}

/** `20261128T174247Z-18016d3275a8d4ed`: the second, and a number that nobody had. */
function snapshotName(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z-${randomBytes(8).toString("hex")}`;
}

function copyInThread(dir: string, target: string, skipHead: boolean): Promise<void> {
  const worker = new Worker(new URL(import.meta.resolve("@dmon/tsdb/backup-worker")), {
    workerData: { dir, target, skipHead },
    name: "dmon-snapshot",
  });
  return new Promise((resolve, reject) => {
    worker.once("message", ({ error }: { error?: string }) => {
      if (error === undefined) resolve();
      else reject(new DmonError("backup_failed", `create snapshot: ${error}`));
    });
    worker.once("error", reject);
    worker.once("exit", () => reject(new DmonError("backup_failed", "create snapshot: the thread ended")));
  });
}

/** A parameter of the form in the body, else of the query. */
function paramOf({ url, body, headers }: FastifyRequest, name: string): string {
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  const form = new URLSearchParams(isForm && Buffer.isBuffer(body) ? body.toString("utf8") : "");
  const query = new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "");
  return form.get(name) ?? query.get(name) ?? "";
}

/** As Go's `ParseBool` reads it; nothing is false. @throws {DmonError} `bad_parameter` */
function isTrue(text: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  if (["", "0", "f", "F", "FALSE", "false", "False"].includes(text)) return false;
  throw new DmonError(
    "bad_parameter",
    `invalid parameter "skip_head": unable to parse boolean: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}
