/**
 * CPU frequencies and governors: reads `/sys/devices/system/cpu/cpu<n>/cpufreq`.
 *
 * Unit: hertz; the kernel gives kilohertz. On some machines the kernel asks the core itself for its frequency and takes
 * tens of microseconds, so all is read every few seconds.
 * Source: the kernel's Documentation/admin-guide/pm/cpufreq.rst.
 */
import type { CollectorFactory, Family, Host } from "../collector.ts";
import { parseNumberList, readIntegerIfAllowed, readTextIfAllowed } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 5000;
const HERTZ_PER_KHZ = 1000;
/** Limits and the list of cores are read anew at every twelfth reading. */
const REFRESHES_REMEMBERED = 12;

const FREQUENCIES = [
  ["cpuinfo_cur_freq", "frequency_hertz", "Current CPU thread frequency in hertz."],
  ["cpuinfo_min_freq", "frequency_min_hertz", "Minimum CPU thread frequency in hertz."],
  ["cpuinfo_max_freq", "frequency_max_hertz", "Maximum CPU thread frequency in hertz."],
  ["scaling_cur_freq", "scaling_frequency_hertz", "Current scaled CPU thread frequency in hertz."],
  ["scaling_min_freq", "scaling_frequency_min_hertz", "Minimum scaled CPU thread frequency in hertz."],
  ["scaling_max_freq", "scaling_frequency_max_hertz", "Maximum scaled CPU thread frequency in hertz."],
] as const;

export const cpufreq: CollectorFactory = {
  name: "cpufreq",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("devices/system/cpu");
    const cpus = () => {
      const offline = new Set(parseNumberList(readTextIfAllowed(host, `${root}/offline`) ?? "").map((n) => `cpu${n}`));
      const names = host.list(root).filter((name) => /^cpu\d+$/.test(name) && !offline.has(name));
      return names.filter((name) => host.exists(`${root}/${name}/cpufreq`));
    };
    if (cpus().length === 0) return undefined;
    const families = FREQUENCIES.map(
      ([file, name, help]) => [file, registry.family(`node_cpu_${name}`, help, "gauge", ["cpu"])] as const,
    );
    const governors = registry.family("node_cpu_scaling_governor", "Current enabled CPU frequency governor.", "gauge", [
      "cpu",
      "governor",
    ]);
    const changing = families.filter(([file]) => file.endsWith("_cur_freq"));
    const fixed = families.filter(([file]) => !file.endsWith("_cur_freq"));
    const governorsByDir = new Map<string, readonly string[]>();
    const available = (dir: string) => {
      const known = governorsByDir.get(dir);
      if (known !== undefined) return known;
      const text = readTextIfAllowed(host, `${dir}/scaling_available_governors`) ?? "";
      const names = text.split(/\s+/).filter((name) => name !== "");
      governorsByDir.set(dir, names);
      return names;
    };
    let limits = new Map<string, readonly (readonly [Family, number])[]>();
    let refreshes = 0;

    return slowly(EVERY_MS, (hold) => {
      if (refreshes++ % REFRESHES_REMEMBERED === 0) {
        limits = new Map(cpus().map((name) => [name, readAll(host, `${root}/${name}/cpufreq`, fixed)]));
      }
      for (const [name, values] of limits) {
        const cpu = name.slice("cpu".length);
        const dir = `${root}/${name}/cpufreq`;
        for (const [family, khz] of [...values, ...readAll(host, dir, changing)])
          hold(family, khz * HERTZ_PER_KHZ, cpu);
        const chosen = readTextIfAllowed(host, `${dir}/scaling_governor`) ?? "";
        for (const governor of available(dir)) hold(governors, governor === chosen ? 1 : 0, cpu, governor);
      }
    }).collect;
  },
};

function readAll(
  host: Host,
  dir: string,
  files: readonly (readonly [file: string, family: Family])[],
): (readonly [Family, number])[] {
  const out: (readonly [Family, number])[] = [];
  for (const [file, family] of files) {
    const value = readIntegerIfAllowed(host, `${dir}/${file}`);
    if (value !== undefined) out.push([family, value]);
  }
  return out;
}
