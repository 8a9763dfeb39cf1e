/**
 * Reads a prometheus.yml and says what is wrong with it, as `promtool check config` does: syntax, keys and values with their
 * lines, files that are named and cannot be read, static targets that cannot be scraped.
 */
import { access, constants, readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DmonError, messageOf } from "@dmon/model";
import { LineCounter, parseDocument, type Scalar, visit } from "yaml";
import type { HttpClientConfig } from "./config-parts.ts";
import { matchFiles, readTargetFile } from "./discovery.ts";
import { type TargetGroup, unsupportedDiscovery } from "./discovery-config.ts";
import {
  type PrometheusConfig,
  prometheusConfigSchema,
  scrapeConfigFileSchema,
  scrapeJobsOf,
} from "./prometheus-config.ts";
import { resolveScrapeJob, type ScrapeJob } from "./scrape-config.ts";
import { buildTarget } from "./target.ts";

export interface ConfigCheck {
  /** Undefined where the text cannot be used. */
  readonly config: PrometheusConfig | undefined;
  /** Each with its line where it has one: `3: scrape_configs[0].job_nam: …`. */
  readonly errors: readonly string[];
  /** What will not work as written, or does nothing here. */
  readonly warnings: readonly string[];
}

/** Parses and checks the text alone. */
export function parsePrometheusConfig(text: string): ConfigCheck {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  if (document.errors.length > 0) {
    return { config: undefined, errors: document.errors.map((error) => error.message.split("\n")[0]!), warnings: [] };
  }
  // As Go's YAML does for texts: `version: 1.10` is the text 1.10, not the number 1.1.
  visit(document, {
    Scalar: (_, node: Scalar) => {
      if (typeof node.value === "number" && node.source !== undefined && String(node.value) !== node.source) {
        node.value = node.source;
      }
    },
  });
  const parsed = prometheusConfigSchema.safeParse(document.toJS());
  if (parsed.success) return { config: parsed.data, errors: [], warnings: [] };
  const lineOf = (path: readonly PropertyKey[]): string => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length) as (string | number)[], true) as
        | { range?: number[] }
        | undefined;
      if (node?.range !== undefined) return `${lines.linePos(node.range[0]!).line}: `;
    }
    return "";
  };
  const errors = parsed.error.issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return `${lineOf(issue.path)}${pathText(issue.path)}${issue.message}`;
    return issue.keys.map(
      (key) => `${lineOf([...issue.path, key])}${pathText(issue.path)}field ${key} is not known here`,
    );
  });
  return { config: undefined, errors, warnings: [] };
}

/** Parses, and looks at the files that the configuration names. @param baseDir where relative names start */
export async function checkPrometheusConfig(text: string, baseDir: string): Promise<ConfigCheck> {
  const parsed = parsePrometheusConfig(text);
  const { config } = parsed;
  if (config === undefined) return parsed;
  const { errors, warnings } = await checkReferences(config, scrapeJobsOf(config), baseDir);
  for (const [i, job] of scrapeJobsOf(config).entries()) {
    for (const key of unsupportedDiscovery((config.scrape_configs ?? [])[i]!)) {
      warnings.push(`scrape job ${JSON.stringify(job.name)}: ${key} is not supported yet: its targets will be missing`);
    }
  }
  return { config: errors.length === 0 ? config : undefined, errors, warnings };
}

/**
 * Looks at what a configuration names: files that must be there (those that `promtool check config` looks for), files that
 * may come later, and static targets.
 *
 * @param jobs those of `scrape_config_files` too
 * @param baseDir where relative names start
 */
export async function checkReferences(
  config: PrometheusConfig,
  jobs: readonly ScrapeJob[],
  baseDir: string,
): Promise<{ readonly errors: string[]; readonly warnings: string[] }> {
  const errors: string[] = [];
  const warnings: string[] = [];
  const look = async (files: readonly string[], what: string, into: string[]) => {
    for (const file of files) {
      const fault = await access(resolve(baseDir, file), constants.R_OK).then(() => undefined, messageOf);
      if (fault !== undefined) into.push(`${what}: ${file} does not exist or cannot be read`);
    }
  };
  const named = (patterns: readonly string[] | null | undefined) =>
    (patterns ?? []).filter((one) => !one.includes("*"));
  await look(named(config.rule_files), "rule_files", errors);
  await look(named(config.scrape_config_files), "scrape_config_files", warnings);
  for (const job of jobs) {
    const what = `scrape job ${JSON.stringify(job.name)}`;
    await look(requiredFiles(job.http), what, errors);
    await look(laterFiles(job.http), what, warnings);
    await checkTargetFiles(job, what, baseDir, errors, warnings);
    errors.push(...targetFaults(job, job.discovery.static_configs).map((fault) => `${what}: ${fault}`));
  }
  for (const alertmanager of config.alerting.alertmanagers ?? []) {
    const job = asJob(alertmanager);
    await look([...requiredFiles(alertmanager), ...laterFiles(alertmanager)], "alertmanager", warnings);
    await checkTargetFiles(job, "alertmanager", baseDir, errors, warnings);
    errors.push(...targetFaults(job, alertmanager.static_configs).map((fault) => `alertmanager: ${fault}`));
  }
  for (const client of [...(config.remote_write ?? []), ...(config.remote_read ?? [])]) {
    await look([...requiredFiles(client), ...laterFiles(client)], client.url, warnings);
  }
  return { errors, warnings };
}

export interface LoadedConfig extends ConfigCheck {
  /** All jobs, those of `scrape_config_files` too. */
  readonly jobs: readonly ScrapeJob[];
}

/**
 * Reads a prometheus.yml and the files of jobs that it names, and checks everything.
 *
 * @throws {DmonError} `config_file` where the file itself cannot be read
 */
export async function loadPrometheusConfig(path: string): Promise<LoadedConfig> {
  const baseDir = dirname(resolve(path));
  const checked = await checkPrometheusConfig(await readConfigFile(path), baseDir);
  if (checked.config === undefined) return { ...checked, jobs: [] };
  const { jobs, errors } = await allScrapeJobs(checked.config, baseDir);
  return errors.length === 0 ? { ...checked, jobs } : { ...checked, config: undefined, errors, jobs: [] };
}

/**
 * The jobs of a configuration and of the files that its `scrape_config_files` name.
 *
 * @param baseDir where relative names start
 * @throws {DmonError} `config_file` where a file cannot be read
 */
export async function allScrapeJobs(
  config: PrometheusConfig,
  baseDir: string,
): Promise<{ readonly jobs: readonly ScrapeJob[]; readonly errors: readonly string[] }> {
  const errors: string[] = [];
  const jobs = [...scrapeJobsOf(config)];
  for (const pattern of config.scrape_config_files ?? []) {
    if (pattern === "") continue;
    for (const file of await matchFiles(resolve(baseDir, pattern))) {
      const parsed = scrapeConfigFileSchema.safeParse(
        parseDocument(await readConfigFile(file), { merge: true }).toJS(),
      );
      if (parsed.success)
        jobs.push(...(parsed.data.scrape_configs ?? []).map((job) => resolveScrapeJob(job, config.global)));
      else errors.push(...parsed.error.issues.map((issue) => `${file}: ${pathText(issue.path)}${issue.message}`));
    }
  }
  const names = jobs.map((job) => job.name);
  for (const name of new Set(names.filter((each, i) => names.indexOf(each) !== i))) {
    errors.push(`found multiple scrape configs with job name ${JSON.stringify(name)}`);
  }
  return { jobs, errors };
}

async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new DmonError("config_file", `cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text === "" ? "" : `${text.replace(/^\./, "")}: `;
}

/** Without these no target of a job can be asked. */
function requiredFiles({ tls_config: tls, authorization, bearer_token_file: bearer }: HttpClientConfig): string[] {
  return present([tls?.cert_file, tls?.key_file, authorization?.credentials_file, bearer]);
}

function laterFiles({ tls_config: tls, basic_auth, oauth2, http_headers }: HttpClientConfig): string[] {
  return present([
    tls?.ca_file,
    basic_auth?.username_file,
    basic_auth?.password_file,
    oauth2?.client_secret_file,
    ...Object.values(http_headers ?? {}).flatMap((header) => header?.files ?? []),
  ]);
}

function present(files: readonly (string | undefined)[]): string[] {
  return files.filter((file) => file !== undefined);
}

async function checkTargetFiles(
  job: ScrapeJob,
  what: string,
  baseDir: string,
  errors: string[],
  warnings: string[],
): Promise<void> {
  for (const pattern of (job.discovery.file_sd_configs ?? []).flatMap((each) => each.files)) {
    const files = await matchFiles(resolve(baseDir, pattern));
    if (files.length === 0) warnings.push(`${what}: no file of file_sd_configs is there yet: ${pattern}`);
    for (const file of files) {
      try {
        errors.push(...targetFaults(job, await readTargetFile(file)).map((fault) => `${what}: ${file}: ${fault}`));
      } catch (error) {
        errors.push(`${what}: ${messageOf(error)}`);
      }
    }
  }
}

function targetFaults(job: ScrapeJob, groups: readonly TargetGroup[] | null | undefined): string[] {
  return (groups ?? []).flatMap((group) =>
    group.targets.flatMap((address) => {
      try {
        buildTarget(job, address, Object.entries(group.labels));
        return [];
      } catch (error) {
        return [`target ${JSON.stringify(address)}: ${messageOf(error)}`];
      }
    }),
  );
}

/** An Alertmanager's targets are built as a job's are, with its own scheme and path. */
function asJob(alertmanager: NonNullable<PrometheusConfig["alerting"]["alertmanagers"]>[number]): ScrapeJob {
  const [job] = scrapeJobsOf(prometheusConfigSchema.parse({ scrape_configs: [{ job_name: "alertmanager" }] }));
  return {
    ...job!,
    scheme: alertmanager.scheme,
    metricsPath: alertmanager.path_prefix,
    relabelRules: alertmanager.relabel_configs ?? [],
    http: alertmanager,
    discovery: alertmanager,
  };
}
