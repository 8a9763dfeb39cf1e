/**
 * The operating system's release: `node_os_info` and its version as a number, from `/etc/os-release`.
 *
 * Source: os-release(5).
 */
import type { CollectorFactory, Host } from "../collector.ts";
import { readTextIfAllowed } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 60_000;
const PATHS = ["etc/os-release", "usr/lib/os-release"];
const FIELDS = [
  "build_id",
  "id",
  "id_like",
  "image_id",
  "image_version",
  "name",
  "pretty_name",
  "variant",
  "variant_id",
  "version",
  "version_codename",
  "version_id",
];
/** `22.04`, `12`, and of `13.0.1` the first two parts. */
const MAJOR_MINOR = /^\d+(?:\.\d+)?/;
const MS_PER_SECOND = 1000;

export const os: CollectorFactory = {
  name: "os",
  defaultEnabled: true,

  create(host, registry) {
    if (readRelease(host).size === 0) return undefined;
    const info = registry.family(
      "node_os_info",
      `A metric with a constant '1' value labeled by ${FIELDS.join(", ")}.`,
      "gauge",
      FIELDS,
    );
    const version = registry.family(
      "node_os_version",
      "Metric containing the major.minor part of the OS version.",
      "gauge",
      ["id", "id_like", "name"],
    );
    const supportEnd = registry.family(
      "node_os_support_end_timestamp_seconds",
      "Metric containing the end-of-life date timestamp of the OS.",
      "gauge",
      [],
    );
    return slowly(EVERY_MS, (hold) => {
      const release = readRelease(host);
      const field = (name: string) => release.get(name.toUpperCase()) ?? "";
      hold(info, 1, ...FIELDS.map(field));
      const number = Number(MAJOR_MINOR.exec(field("version_id"))?.[0] ?? Number.NaN);
      if (number > 0) hold(version, number, field("id"), field("id_like"), field("name"));
      const endMs = Date.parse(`${field("support_end")}T00:00:00Z`);
      if (!Number.isNaN(endMs)) hold(supportEnd, endMs / MS_PER_SECOND);
    }).collect;
  },
};

function readRelease(host: Host): Map<string, string> {
  for (const path of PATHS) {
    const text = readTextIfAllowed(host, host.rootPath(path));
    if (text !== undefined) return parseRelease(text);
  }
  return new Map();
}

/** Lines `NAME=value` in the shell's syntax: the value bare, or within single or double quotes. */
function parseRelease(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim());
    if (match !== null) fields.set(match[1]!, unquoted(match[2]!));
  }
  return fields;
}

function unquoted(value: string): string {
  const quote = value[0];
  if ((quote !== '"' && quote !== "'") || !value.endsWith(quote) || value.length < 2) return value;
  const inner = value.slice(1, -1);
  return quote === '"' ? inner.replace(/\\(["$`\\])/g, "$1") : inner;
}
