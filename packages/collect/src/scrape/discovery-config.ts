/**
 * Service discovery sections of prometheus.yml.
 *
 * Static, file, HTTP and DNS discovery work here. The others are accepted, so that a real prometheus.yml passes the check,
 * and named by `unsupportedDiscovery`: their targets are missing, everything else of the file runs.
 */
import { z } from "zod";
import {
  checkHttpClient,
  duration,
  httpClientShape,
  labelMap,
  listOf,
  scalarText,
  wholeNumber,
} from "./config-parts.ts";

const FILE_SD_PATTERN = /^[^*]*(\*[^/]*)?\.(json|yml|yaml)$/i;

/** One group of targets: what files and HTTP discovery answer, and what `static_configs` holds. */
export const targetGroup = z.strictObject({
  targets: listOf(scalarText),
  labels: labelMap.nullish().transform((labels) => labels ?? {}),
});
export type TargetGroup = z.infer<typeof targetGroup>;
export const targetGroups = z.array(targetGroup);

/** How often to look; the default where it is 0 or not written. */
function rhythm(defaultMs: number) {
  return duration.transform((ms) => ms || defaultMs).default(defaultMs);
}

const staticConfigs = z.array(targetGroup).nullish();

const fileSd = z.strictObject({
  files: z
    .array(
      z
        .string()
        .regex(FILE_SD_PATTERN, 'path name must end in ".json", ".yml" or ".yaml"; `*` may stand in the file\'s name'),
    )
    .min(1, "file service discovery config must contain at least one path name"),
  refresh_interval: rhythm(300_000),
});

const httpSd = z
  .strictObject({
    url: z.string().refine((url) => /^https?:\/\/[^/]/.test(url), "URL scheme must be 'http' or 'https', with a host"),
    refresh_interval: rhythm(60_000),
    ...httpClientShape,
  })
  .superRefine(checkHttpClient);

const dnsSd = z
  .strictObject({
    names: z.array(scalarText).min(1, "DNS-SD config must contain at least one SRV record name"),
    type: z
      .string()
      .transform((type) => type.toUpperCase())
      .pipe(z.enum(["SRV", "A", "AAAA", "MX", "NS"]))
      .default("SRV"),
    port: wholeNumber.optional(),
    refresh_interval: rhythm(30_000),
  })
  .refine(
    (dns) => dns.type === "SRV" || dns.type === "MX" || dns.type === "NS" || (dns.port ?? 0) !== 0,
    "a port is required in DNS-SD configs for all record types except SRV, MX and NS",
  );

/** Discoveries that are not built in. Their content is left to whoever builds them. */
const OTHERS = [
  "aws",
  "azure",
  "consul",
  "digitalocean",
  "docker",
  "dockerswarm",
  "ec2",
  "ecs",
  "elasticache",
  "eureka",
  "gce",
  "hetzner",
  "ionos",
  "kubernetes",
  "kuma",
  "lightsail",
  "linode",
  "marathon",
  "msk",
  "nerve",
  "nomad",
  "openstack",
  "outscale",
  "ovhcloud",
  "puppetdb",
  "rds",
  "scaleway",
  "serverset",
  "stackit",
  "triton",
  "uyuni",
  "vultr",
] as const;
type OtherKey = `${(typeof OTHERS)[number]}_sd_configs`;

const other = z.array(z.looseObject({})).nullish();
const otherShape = Object.fromEntries(OTHERS.map((name) => [`${name}_sd_configs`, other])) as Record<
  OtherKey,
  typeof other
>;

/** The keys of discovery, to be spread into a section's object. */
export const discoveryShape = {
  static_configs: staticConfigs,
  file_sd_configs: z.array(fileSd).nullish(),
  http_sd_configs: z.array(httpSd).nullish(),
  dns_sd_configs: z.array(dnsSd).nullish(),
  ...otherShape,
};

export type FileSdConfig = z.infer<typeof fileSd>;
export type HttpSdConfig = z.infer<typeof httpSd>;
export type DnsSdConfig = z.infer<typeof dnsSd>;

/** What a section with {@link discoveryShape} holds, of that which works here. */
export interface DiscoveryConfig {
  readonly static_configs?: readonly TargetGroup[] | null | undefined;
  readonly file_sd_configs?: readonly FileSdConfig[] | null | undefined;
  readonly http_sd_configs?: readonly HttpSdConfig[] | null | undefined;
  readonly dns_sd_configs?: readonly DnsSdConfig[] | null | undefined;
}

/** Keys of discoveries that are configured and not built in, such as `kubernetes_sd_configs`. */
export function unsupportedDiscovery(section: object): readonly string[] {
  const given = section as Readonly<Record<string, unknown>>;
  return OTHERS.map((name) => `${name}_sd_configs`).filter((key) => {
    const list = given[key];
    return Array.isArray(list) && list.length > 0;
  });
}
