/** `/api/v1/dashboards`: lists, reads, writes and deletes dashboards. */
import { type DashboardWrite, DmonError } from "@dmon/model";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { DashboardStore } from "../dashboards/store.ts";

const BODY_LIMIT = 8 * 1024 * 1024;

export function registerDashboards(app: FastifyInstance, store: DashboardStore): void {
  const success = (data: unknown) => ({ status: "success", data });
  const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
  app.get("/api/v1/dashboards", async () => success(await store.list()));
  // A page that shows a dashboard asks for it again and again, to follow its file: the revision spares sending it.
  app.get("/api/v1/dashboards/:id", async (request, reply) => {
    const stored = await store.get(idOf(request));
    const tag = `"${stored.revision}"`;
    reply.header("etag", tag).header("cache-control", "no-cache");
    if (request.headers["if-none-match"] === tag) return reply.code(304).send();
    return success(stored);
  });
  app.put("/api/v1/dashboards/:id", { bodyLimit: BODY_LIMIT }, async (request) =>
    success(await store.put(idOf(request), readWrite(request.body))),
  );
  app.delete("/api/v1/dashboards/:id", async (request) => {
    await store.remove(idOf(request));
    return success(null);
  });
}

function readWrite(body: unknown): DashboardWrite {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.isBuffer(body) ? body.toString("utf8") : "");
  } catch {
    throw new DmonError("bad_parameter", "the body is not JSON");
  }
  const { document, revision } = (value ?? {}) as { document?: unknown; revision?: unknown };
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new DmonError("dashboard_invalid", "the body needs a document, an object");
  }
  if (revision !== undefined && typeof revision !== "string")
    throw new DmonError("bad_parameter", "revision is not a text");
  return { document: document as DashboardWrite["document"], ...(revision === undefined ? {} : { revision }) };
}
