/** `dmon config check|print`: is the configuration right, and what is in force? */
import type { Command } from "commander";

export function registerConfig(program: Command): void {
  const config = program.command("config").description("checks and shows the configuration");
  config
    .command("check")
    .description("says whether a configuration file is right; errors name line and nearest known key")
    .argument("[file]", "default: DMON_CONFIG")
    .action(async (file: string | undefined) => {
      const { loadConfig, mergeOverrides, overridesFromEnv } = await import("@dmon/server/config");
      const overrides = mergeOverrides(overridesFromEnv(process.env), { configFile: file });
      await loadConfig(overrides);
      process.stdout.write(`${overrides.configFile ?? "the defaults"}: ok\n`);
    });
  config
    .command("print")
    .description("prints the configuration in force, defaults included, as YAML; durations in milliseconds")
    .option("--config <file>", "configuration file (DMON_CONFIG)")
    .action(async (options: { config?: string }) => {
      const [{ loadConfig, mergeOverrides, overridesFromEnv }, { stringify }] = await Promise.all([
        import("@dmon/server/config"),
        import("yaml"),
      ]);
      const { config } = await loadConfig(
        mergeOverrides(overridesFromEnv(process.env), { configFile: options.config }),
      );
      process.stdout.write(stringify(config));
    });
}
