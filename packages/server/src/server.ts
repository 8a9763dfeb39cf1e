/**
 * The whole program in one place: opens the store, starts collecting, serves.
 *
 * Order matters: nothing listens before the store is open (a second instance fails there), and on the way down collection
 * ends before the last commit.
 */
import { existsSync, mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import type { Server as TlsServer } from "node:tls";
import { Exposition, negotiateExposition } from "@dmon/collect/exposition/writer";
import type { ScrapeJob } from "@dmon/collect/scrape";
import { DmonError, formatDuration, messageOf, systemClock } from "@dmon/model";
import type { FastifyInstance } from "fastify";
import { LocalCollection } from "./collect/local.ts";
import { Pace } from "./collect/pace.ts";
import { startSelfCollection } from "./collect/self.ts";
import { configWarnings } from "./config/check.ts";
import { defaultDataDir } from "./config/data-dir.ts";
import { type ConfigOverrides, type LoadedConfig, loadConfig } from "./config/load.ts";
import { otlpOptions } from "./config/otlp.ts";
import type { Config } from "./config/schema.ts";
import { DashboardStore } from "./dashboards/store.ts";
import { EngineClient } from "./engine/client.ts";
import type { EngineSettings } from "./engine/protocol.ts";
import type { RuleSettings } from "./engine/rules/manager.ts";
import { type AppOptions, createApp } from "./http/app.ts";
import { StaticFiles, webRoot } from "./http/static-files.ts";
import { LiveHub } from "./live/hub.ts";
import { type Listener, teeSink } from "./live/tee.ts";
import { createLog, type Log } from "./log.ts";
import { keepTrim } from "./memory.ts";
import { registerAdmin } from "./routes/admin.ts";
import { registerDashboards } from "./routes/dashboards.ts";
import { registerHealth } from "./routes/health.ts";
import { registerHost } from "./routes/host.ts";
import { attachLive } from "./routes/live.ts";
import { registerMetrics } from "./routes/metrics.ts";
import { registerStatus } from "./routes/status.ts";
import { registerTargets } from "./routes/targets.ts";
import { externalLabels, ruleSettings } from "./rules/settings.ts";
import { scrapeJobs } from "./scrape/jobs.ts";
import { Scraping } from "./scrape/scraping.ts";
import { guardClients } from "./security/client-certificate.ts";
import { Credentials } from "./security/credentials.ts";
import { Guard } from "./security/guard.ts";
import { isLoopback, type ListenAddress, parseListen, requireSafeListen } from "./security/listen.ts";
import { ensureToken } from "./security/token.ts";
import type { WebConfigWatch } from "./security/web-config-watch.ts";
import { NO_WEB_CONFIG, type WebConfig } from "./security/web-options.ts";
import { Shutdown } from "./shutdown.ts";
import { keepOnlyUsedCode } from "./startup-pages.ts";
import { VERSION } from "./version.ts";

export interface RunningServer {
  /** Where it can be opened, e.g. `http://127.0.0.1:3666`. */
  readonly url: string;
  readonly dataDir: string;
  readonly log: Log;
  /** Reads the configuration anew; what needs a restart is said in the log. @throws {DmonError} */
  reload(): Promise<void>;
  /** Ends in order: listening, collection, last commit. */
  stop(): Promise<void>;
}

/** @throws {DmonError} whatever keeps it from starting, with what to do */
export async function startServer(overrides: ConfigOverrides): Promise<RunningServer> {
  const loaded = await loadConfig(overrides);
  const { config } = loaded;
  const { log } = await createLog(config.log);
  const address = parseListen(config.listen);
  const webConfig = await readWebConfig(loaded);
  requireSafeListen(address, webConfig.users.size > 0);
  const rules = await ruleSettings(loaded);
  const jobs = await scrapeJobs(loaded);
  const dataDir = resolve(config.data_dir ?? defaultDataDir());
  makeDataDir(dataDir);
  const shutdown = new Shutdown(log);
  try {
    return await assemble({ overrides, loaded, rules, jobs, log, address, webConfig, dataDir, shutdown });
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

interface Prepared {
  readonly overrides: ConfigOverrides;
  readonly loaded: LoadedConfig;
  readonly rules: RuleSettings | undefined;
  readonly jobs: readonly ScrapeJob[];
  readonly log: Log;
  readonly address: ListenAddress;
  readonly webConfig: WebConfig;
  readonly dataDir: string;
  readonly shutdown: Shutdown;
}

async function assemble(prepared: Prepared): Promise<RunningServer> {
  const { overrides, log, dataDir, shutdown } = prepared;
  const startedAt = new Date();
  let { loaded, webConfig } = prepared;
  const { config } = loaded;

  const engine = new EngineClient({ dataDir, settings: engineSettings(loaded, prepared.rules) }, log);
  shutdown.add("engine", () => engine.stop());
  await engine.start();

  const hub = new LiveHub({
    version: VERSION,
    intervalMs: () => loaded.config.collect.interval,
    compile: async (match) => (await import("./live/compile.ts")).compileSelectors(match),
  });
  const exposition = new Exposition({
    dropLabels: ["job", "instance"],
    skip: (name) => name === "up" || name.startsWith("scrape_"),
  });
  const ownSink = teeSink(engine, hub, exposition);
  const local = new LocalCollection(config, ownSink, systemClock, log, (atMs) => hub.flush(atMs));
  const { instance, ticker } = local;
  const scraping = new Scraping({ sink: teeSink(engine, hub), clock: systemClock, log, version: VERSION });

  const credentials = new Credentials(ensureToken(dataDir), webConfig.users);
  const guard = new Guard({ credentials, allowedHosts: allowedHosts(config) });
  const files = new StaticFiles(webRoot());
  // Its browser takes longer to load the scripts than the engine to get ready for what they ask.
  files.onPage = () => engine.rehearse();
  if (files.isEmpty) log.warn({}, "the dashboard is not built; run `npm run build`");
  const app = createApp({
    engine,
    guard,
    log,
    files,
    tls: webConfig.tls,
    headers: () => webConfig.headers,
    cors: await corsOf(config),
    disabledRoutes: disabledRoutes(config),
  });
  const { tls } = webConfig;
  if (tls !== undefined) guardClients(app.server as unknown as TlsServer, () => (webConfig.tls ?? tls).clients);
  shutdown.add("http", () => app.close());
  shutdown.add("live stream", () => hub.close());

  const webWatch = await watchWebConfig(loaded, webConfig, log, (next) => {
    requireSafeListen(prepared.address, next.users.size > 0);
    credentials.setUsers(next.users);
    if (next.tls !== undefined) (app.server as unknown as TlsServer).setSecureContext(next.tls);
    webConfig = next;
  });
  shutdown.add("web configuration", () => webWatch?.stop());

  let lastReload = { ok: true, at: startedAt };
  const reload = async (): Promise<void> => {
    try {
      const next = await loadConfig(overrides);
      const rules = await ruleSettings(next);
      const jobs = await scrapeJobs(next);
      sayRestartKeys(loaded.config, next.config, log);
      loaded = next;
      log.level = next.config.log.level;
      engine.configure(engineSettings(next, rules));
      local.configure(next.config);
      webWatch?.look();
      await scraping.apply(jobs, next.baseDir);
      for (const warning of await configWarnings(next)) log.warn({}, warning);
      lastReload = { ok: true, at: new Date() };
      log.info({}, "configuration read anew");
    } catch (error) {
      lastReload = { ok: false, at: lastReload.at };
      log.error({ error: messageOf(error) }, "the new configuration is wrong; the old one stays in force");
      throw error;
    }
  };

  registerHealth(app, { isReady: () => engine.isReady, reload });
  registerMetrics(app, exposition, negotiateExposition);
  registerHost(app, { local, version: VERSION, startedAtMs: startedAt.getTime() });
  registerTargets(app, { scraping, prometheus: () => loaded.prometheus });
  registerAdmin(app, { isEnabled: config.web.enable_admin_api, dataDir });
  registerDashboards(app, new DashboardStore(dataDir));
  registerStatus(app, {
    version: VERSION,
    loaded: () => loaded,
    flags: () => flags(loaded.config, dataDir, overrides),
    startedAt,
    lastReload: () => lastReload,
  });

  const url = await listen(app, prepared.address, webConfig);
  attachLive(app.server, hub, guard);

  // Only now: a taken port must leave no trace in the store.
  local.start();
  shutdown.add("collection", () => local.stop());
  const pace = new Pace();
  engine.onCall = () => pace.wake();
  const self = startSelfCollection({
    instance,
    sink: teeSink(engine, hub, withoutProcess(exposition)),
    engine,
    hub,
    ticker,
    clock: systemClock,
    pace,
  });
  shutdown.add("self collection", () => self.stop());
  shutdown.add("scraping", () => scraping.stop());
  await scraping.apply(prepared.jobs, loaded.baseDir);
  for (const warning of await configWarnings(loaded)) log.warn({}, warning);
  shutdown.add("memory", keepTrim());
  shutdown.add("code", keepOnlyUsedCode());
  log.info({ url, dataDir, version: VERSION }, "ready");
  return { url, dataDir, log, reload, stop: () => shutdown.run() };
}

function engineSettings(loaded: LoadedConfig, rules: RuleSettings | undefined): EngineSettings {
  return {
    config: { ...loaded.config, external_labels: externalLabels(loaded) },
    rules,
    otlp: otlpOptions(loaded.prometheus),
    queryLogFile: queryLogFile(loaded),
  };
}

function queryLogFile({ prometheus, baseDir }: LoadedConfig): string {
  const file = prometheus?.global.query_log_file;
  return file === undefined ? "" : resolve(baseDir, file);
}

/** `process_*` is said by the host's collector `self` already, and `/metrics` may say it once only. */
function withoutProcess(exposition: Exposition): Listener {
  return {
    define: (definition) => {
      if (!definition.series.some((labels) => labels.name.startsWith("process_"))) exposition.define(definition);
    },
    undefine: (source) => exposition.undefine(source),
    appendBatch: (batch) => exposition.appendBatch(batch),
    setMetadata: (metric, metadata) => exposition.setMetadata(metric, metadata),
  };
}

async function corsOf({ web }: Config): Promise<AppOptions["cors"]> {
  if (web.cors_origin === "") return () => ({});
  return (await import("./http/cors.ts")).corsHeaders(web.cors_origin);
}

function disabledRoutes({ web }: Config): Set<string> {
  return new Set([
    ...(web.enable_remote_write ? [] : ["write"]),
    ...(web.enable_otlp ? [] : ["otlp"]),
    ...(web.enable_admin_api ? [] : ["delete_series", "clean_tombstones"]),
  ]);
}

/** As `/api/v1/status/flags` shows them, under Prometheus' names where it has the like. */
function flags(config: Config, dataDir: string, { configFile = "" }: ConfigOverrides): Record<string, string> {
  return {
    "config.file": configFile,
    "data-dir": dataDir,
    "query.lookback-delta": formatDuration(config.query.lookback),
    "query.max-samples": String(config.query.max_samples),
    "query.timeout": formatDuration(config.query.timeout),
    "storage.tsdb.path": dataDir,
    "storage.tsdb.retention.time": formatDuration(config.storage.retention.raw),
    "web.cors.origin": config.web.cors_origin,
    "web.config.file": config.web.config_file ?? "",
    "web.enable-admin-api": String(config.web.enable_admin_api),
    "web.enable-remote-write-receiver": String(config.web.enable_remote_write),
    "web.enable-otlp-receiver": String(config.web.enable_otlp),
    "web.external-url": config.web.external_url ?? "",
    "web.listen-address": config.listen,
  };
}

function makeDataDir(dataDir: string): void {
  try {
    makeMissing(dataDir);
  } catch (cause) {
    const message = `cannot make the data directory ${dataDir}: ${messageOf(cause)}`;
    throw new DmonError("data_dir_unusable", message, { cause });
  }
}

/** One level after the other: under `/proc`, `mkdir` with `recursive` never comes back. */
function makeMissing(dir: string): void {
  if (existsSync(dir)) return;
  makeMissing(dirname(dir));
  mkdirSync(dir, { mode: 0o700 });
}

async function readWebConfig({ config, baseDir }: LoadedConfig): Promise<WebConfig> {
  const { config_file: file } = config.web;
  if (file === undefined) return NO_WEB_CONFIG;
  const { loadWebConfig } = await import("./security/web-config.ts");
  return loadWebConfig(resolve(baseDir, file));
}

/** @returns undefined where there is no such file */
async function watchWebConfig(
  { config, baseDir }: LoadedConfig,
  first: WebConfig,
  log: Log,
  apply: (next: WebConfig) => void,
): Promise<WebConfigWatch | undefined> {
  const { config_file: file } = config.web;
  if (file === undefined) return undefined;
  const [{ loadWebConfig }, { WebConfigWatch }] = await Promise.all([
    import("./security/web-config.ts"),
    import("./security/web-config-watch.ts"),
  ]);
  return new WebConfigWatch(first, { log, load: () => loadWebConfig(resolve(baseDir, file)), apply });
}

function allowedHosts(config: Config): Set<string> {
  const names = [...config.web.allowed_hosts, hostname()];
  if (config.web.external_url !== undefined) names.push(new URL(config.web.external_url).hostname);
  return new Set(names.map((name) => name.toLowerCase()));
}

async function listen(app: FastifyInstance, { host, port }: ListenAddress, web: WebConfig): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EADDRINUSE") {
      const message = `another program listens on ${host}:${port}; choose another address with --listen`;
      throw new DmonError("listen_in_use", message, { cause });
    }
    throw new DmonError("listen_address", `cannot listen on ${host}:${port}: ${messageOf(cause)}`, { cause });
  }
  const bound = app.server.address() as AddressInfo;
  const name = isLoopback(host) || host !== "::" ? host : "localhost";
  return `${web.tls === undefined ? "http" : "https"}://${name.includes(":") ? `[${name}]` : name}:${bound.port}`;
}

/** Settings that differ and cannot change while running. */
function sayRestartKeys(before: Config, after: Config, log: Log): void {
  for (const key of ["listen", "data_dir", "storage", "web"] as const) {
    if (JSON.stringify(before[key]) === JSON.stringify(after[key])) continue;
    log.warn({ setting: key }, "this setting takes effect at the next start");
  }
}
