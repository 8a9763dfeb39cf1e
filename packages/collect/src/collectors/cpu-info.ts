/**
 * What `/proc/cpuinfo` says of each core: `node_cpu_info`, and `node_cpu_flag_info`, `node_cpu_bug_info` for those that match.
 *
 * Source: proc_cpuinfo(5); the fields differ by architecture, what is missing is "".
 */
import type { Collect, CollectorRegistry, Host } from "../collector.ts";
import { readText } from "../host/attributes.ts";
import { compilePattern } from "../pattern.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 60_000;
const HERTZ_PER_MHZ = 1e6;

interface InfoOptions {
  readonly info: boolean;
  readonly flagsInclude: string;
  readonly bugsInclude: string;
}

export function cpuInfo(host: Host, registry: CollectorRegistry, { flagsInclude, bugsInclude }: InfoOptions): Collect {
  const info = registry.family("node_cpu_info", "CPU information from /proc/cpuinfo.", "gauge", [
    "package",
    "core",
    "cpu",
    "vendor",
    "family",
    "model",
    "model_name",
    "microcode",
    "stepping",
    "cachesize",
  ]);
  const frequency = registry.family("node_cpu_frequency_hertz", "CPU frequency in hertz from /proc/cpuinfo.", "gauge", [
    "package",
    "core",
    "cpu",
  ]);
  const flag = registry.family(
    "node_cpu_flag_info",
    "The `flags` field of CPU information from /proc/cpuinfo taken from the first core.",
    "gauge",
    ["flag"],
  );
  const bug = registry.family(
    "node_cpu_bug_info",
    "The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.",
    "gauge",
    ["bug"],
  );
  const wantsFlag = flagsInclude === "" ? () => false : compilePattern(flagsInclude);
  const wantsBug = bugsInclude === "" ? () => false : compilePattern(bugsInclude);

  return slowly(EVERY_MS, (hold) => {
    const cores = parseCpuInfo(readText(host, host.procPath("cpuinfo")) ?? "");
    for (const core of cores) {
      const field = (name: string) => core.get(name) ?? "";
      const place = [field("physical id"), field("core id"), field("processor")] as const;
      hold(
        info,
        1,
        ...place,
        field("vendor_id"),
        field("cpu family"),
        field("model"),
        field("model name"),
        field("microcode"),
        field("stepping"),
        field("cache size"),
      );
      hold(frequency, Number(field("cpu MHz")) * HERTZ_PER_MHZ, ...place);
    }
    const first = cores[0];
    for (const name of words(first?.get("flags")).filter(wantsFlag)) hold(flag, 1, name);
    for (const name of words(first?.get("bugs")).filter(wantsBug)) hold(bug, 1, name);
  }).collect;
}

/** One map of fields for each core. */
function parseCpuInfo(text: string): Map<string, string>[] {
  return text
    .split("\n\n")
    .map((block) => new Map(block.split("\n").map((line) => splitField(line))))
    .filter((core) => core.has("processor"));
}

function splitField(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}

function words(text = ""): string[] {
  return text.split(" ").filter((word) => word !== "");
}
