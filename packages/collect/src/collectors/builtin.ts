/** All collectors, in the order in which they run. One line each: a new collector is a file and a line here. */
import type { AnyCollectorFactory } from "../collector.ts";
import { cpu } from "./cpu.ts";
import { loadavg } from "./loadavg.ts";
import { meminfo } from "./meminfo.ts";

export const builtinCollectors: readonly AnyCollectorFactory[] = [
  cpu, //
  loadavg,
  meminfo,
];
