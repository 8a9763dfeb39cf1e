/** How long the program takes to be ready on an empty directory, and the CPU it needs for that. */
import { join } from "node:path";
import { usageOf } from "../measure/process-usage.ts";
import { startDmon } from "../measure/program.ts";
import { median } from "../measure/window.ts";
import type { Scenario } from "../scenario.ts";

export const ready: Scenario = {
  name: "ready",
  summary: "from the start of `dmon start` to the first 200 of /-/ready, wall time and CPU, median of several starts",
  async run(context) {
    const wallMs: number[] = [];
    const cpuMs: number[] = [];
    for (let i = 0; i < (context.quick ? 3 : 9); i++) {
      const program = await startDmon(context.root, join(context.scratch, String(i)));
      cpuMs.push(usageOf(program.pid).cpuSeconds * 1000);
      wallMs.push(program.readyMs);
      await program.stop();
    }
    return [
      { name: "ready.wall", value: median(wallMs), unit: "ms" },
      { name: "ready.cpu", value: median(cpuMs), unit: "ms" },
    ];
  },
};
