/** `dmon config check|print`: is the configuration right, and what is in force? */
import type { Command } from "commander";

export function registerConfig(program: Command): void {
  const config = program.command("config").description("checks and shows the configuration");
  config
    .command("check")
    .summary("say whether a configuration file is right")
    .description(
      "Reads a configuration file (ours, a prometheus.yml, or both in one) and the rule, target and web files it names.\n" +
        "Errors name line and nearest known key; warnings name what is accepted and has no effect.",
    )
    .argument("[file]", "default: DMON_CONFIG")
    .action(async (file: string | undefined) => {
      const { checkConfig, mergeOverrides, overridesFromEnv } = await import("@dmon/server/config");
      const overrides = mergeOverrides(overridesFromEnv(process.env), { configFile: file });
      for (const warning of await checkConfig(overrides)) process.stderr.write(`warning: ${warning}\n`);
      process.stdout.write(`${overrides.configFile ?? "the defaults"}: ok\n`);
    });
  config
    .command("print")
    .summary("print the configuration in force")
    .description(
      "Prints the configuration in force, defaults included, as YAML that can be used as a configuration file.",
    )
    .option("--config <file>", "configuration file (DMON_CONFIG)")
    .action(async (options: { config?: string }) => {
      const [{ loadConfig, mergeOverrides, overridesFromEnv, printableConfig }, { stringify }] = await Promise.all([
        import("@dmon/server/config"),
        import("yaml"),
      ]);
      const loaded = await loadConfig(mergeOverrides(overridesFromEnv(process.env), { configFile: options.config }));
      process.stdout.write(stringify(printableConfig(loaded, false)));
    });
}
