/** `dmon start`: runs the monitor until it is told to stop. */
import { setFlagsFromString } from "node:v8";
import type { Command } from "commander";

/** A young generation this small costs a little CPU and saves megabytes, MiB. */
const SEMI_SPACE_MIB = 2;

interface StartOptions {
  readonly listen?: string;
  readonly dataDir?: string;
  readonly config?: string;
  readonly "web.enableAdminApi"?: boolean;
}

export function registerStart(program: Command): void {
  program
    .command("start")
    .summary("watch this machine and serve the dashboard")
    .description(
      "Watches this machine, keeps what it sees, and serves the dashboard and Prometheus' API.\n" +
        "Everything has a default; nothing needs to be configured first.",
    )
    .option("--listen <host:port>", "address to serve on (DMON_LISTEN; default 127.0.0.1:3666)")
    .option("--data-dir <dir>", "where everything is kept (DMON_DATA_DIR; default: the user's state directory)")
    .option("--config <file>", "configuration file, YAML (DMON_CONFIG)")
    .option("--web.enable-admin-api", "offer /api/v1/admin/tsdb: deleting series, snapshots (default: off)")
    .addHelpText("after", "\nStops on SIGINT and SIGTERM; SIGHUP reads the configuration anew.")
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  setFlagsFromString(`--semi-space-growth-factor=2`);
  setFlagsFromString(`--max-semi-space-size=${SEMI_SPACE_MIB}`);
  const { mergeOverrides, overridesFromEnv, startServer } = await import("@dmon/server");
  const server = await startServer(
    mergeOverrides(overridesFromEnv(process.env), {
      listen: options.listen,
      dataDir: options.dataDir,
      configFile: options.config,
      enableAdminApi: options["web.enableAdminApi"],
    }),
  );
  if (process.stdout.isTTY) process.stdout.write(`\n  Open ${server.url}\n\n`);

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    // A second signal means: now.
    if (stopping) process.exit(1);
    stopping = true;
    server.log.info({ signal }, "stopping");
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        server.log.error({ error: String(error) }, "stopping failed");
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", () => void server.reload().catch(() => undefined));
  process.on("uncaughtException", (error) => {
    server.log.error({ error: error.stack }, "a defect: stopping");
    void server.stop().finally(() => process.exit(70));
  });
}
