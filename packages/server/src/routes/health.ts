/** `/-/healthy`, `/-/ready`, `/-/reload`, `/-/quit` as Prometheus has them. */
import type { FastifyInstance } from "fastify";

export interface HealthOptions {
  readonly isReady: () => boolean;
  /** Reads the configuration anew. @throws {DmonError} where it is wrong; the old one stays in force */
  readonly reload: () => Promise<void>;
}

export function registerHealth(app: FastifyInstance, { isReady, reload }: HealthOptions): void {
  app.get("/-/healthy", (_request, reply) =>
    reply.type("text/plain; charset=utf-8").send("DevOps Monitor is Healthy.\n"),
  );
  app.get("/-/ready", (_request, reply) => {
    reply.type("text/plain; charset=utf-8");
    return isReady() ? reply.send("DevOps Monitor is Ready.\n") : reply.code(503).send("Service Unavailable\n");
  });
  app.route({
    method: ["POST", "PUT"],
    url: "/-/reload",
    config: { access: "change" },
    handler: async (_request, reply) => {
      await reload();
      return reply.send("");
    },
  });
}
