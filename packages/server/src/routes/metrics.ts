/** `GET /metrics`: the newest value of all local series, for a Prometheus that scrapes this program. */

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Exposition, negotiateExposition } from "@dmon/collect/exposition/writer";
import type { FastifyInstance } from "fastify";

const compress = promisify(gzip);

export function registerMetrics(
  app: FastifyInstance,
  exposition: Exposition,
  negotiate: typeof negotiateExposition,
): void {
  app.get("/metrics", async (request, reply) => {
    const format = negotiate(request.headers.accept);
    const text = exposition.write(format);
    reply.header("content-type", format.contentType).header("vary", "accept, accept-encoding");
    if (!/\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""))) return reply.send(text);
    reply.header("content-encoding", "gzip");
    return reply.send(await compress(text, { level: 1 }));
  });
}
