/**
 * `/api/v1/admin/tsdb/*`. This store deletes by retention only; its snapshots are `dmon backup`. The paths answer as a
 * Prometheus whose admin API is off, so that tools say something sensible.
 */
import { DmonError } from "@dmon/model";
import type { FastifyInstance } from "fastify";

export function registerAdmin(app: FastifyInstance): void {
  for (const action of ["delete_series", "clean_tombstones", "snapshot"]) {
    app.route({
      method: ["POST", "PUT"],
      url: `/api/v1/admin/tsdb/${action}`,
      config: { access: "privileged" },
      handler: () => {
        throw new DmonError("admin_api_disabled", "admin APIs disabled");
      },
    });
  }
}
