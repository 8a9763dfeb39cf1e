/**
 * The names that a name of DNS discovery stands for, by the search list of resolv.conf(5), in the order in which they are asked.
 * Source: prometheus `discovery/dns`, which asks as the system's resolver does, for every type of record.
 */
import { readFile } from "node:fs/promises";

const RESOLV_CONF = "/etc/resolv.conf";

interface SearchList {
  readonly domains: readonly string[];
  /** A name with at least so many dots is asked as it is first. */
  readonly ndots: number;
}

export async function namesToAsk(name: string, path = RESOLV_CONF): Promise<readonly string[]> {
  if (name.endsWith(".")) return [name];
  const { domains, ndots } = parseResolvConf(await readFile(path, "utf8").catch(() => ""));
  const searched = domains.map((domain) => `${name}.${domain}`);
  return name.split(".").length - 1 >= ndots ? [name, ...searched] : [...searched, name];
}

export function parseResolvConf(text: string): SearchList {
  let domains: readonly string[] = [];
  let ndots = 1;
  for (const line of text.split("\n")) {
    const [key, ...words] = line.split(/[#;]/)[0]!.trim().split(/\s+/);
    if (key === "search" || key === "domain") domains = words.map((word) => word.replace(/\.$/, "")).filter(Boolean);
    if (key !== "options") continue;
    const given = words.findLast((word) => /^ndots:\d+$/.test(word));
    if (given !== undefined) ndots = Math.min(15, Number(given.slice("ndots:".length)));
  }
  return { domains, ndots };
}
