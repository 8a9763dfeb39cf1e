import fc from "fast-check";
import { expect, it } from "vitest";
import type { HostFile } from "../collector.ts";
import { HostRegistry } from "../registry.ts";
import { ProcessGroups } from "./process-groups.ts";
import { TrackedProcess } from "./tracked-process.ts";

const NO_FILE = { read: () => new Uint8Array(), tryRead: () => undefined, close() {} } as HostFile;
const NAMES = ["a", "b", "c", "d", "e"];
const SHOWN = 3;

interface Event {
  readonly what: "begin" | "end" | "rename" | "work";
  readonly which: number;
  readonly group: number;
  readonly amount: number;
}

const event: fc.Arbitrary<Event> = fc.record({
  what: fc.constantFrom("begin", "end", "rename", "work"),
  which: fc.nat(100),
  group: fc.nat(NAMES.length - 1),
  amount: fc.integer({ min: 1, max: 50 }),
});

/** What a scanner would tell of `events`, upon the processes that there are. */
function play(processes: TrackedProcess[], events: readonly Event[]) {
  const changed = new Set<TrackedProcess>();
  const gone: TrackedProcess[] = [];
  for (const { what, which, group, amount } of events) {
    const met = processes[which % (processes.length || 1)];
    if (what === "begin") {
      const process = new TrackedProcess(which, NO_FILE, NO_FILE);
      Object.assign(process, { group: NAMES[group], threads: amount, residentPages: amount, startTicks: which });
      processes.push(process);
      changed.add(process);
    } else if (met === undefined) continue;
    else if (what === "end") {
      processes.splice(processes.indexOf(met), 1);
      met.hasEnded = true;
      gone.push(met);
    } else {
      if (what === "rename") met.group = NAMES[group]!;
      else met.increase.userTicks += amount;
      met.threads = amount;
      changed.add(met);
    }
  }
  return { changed: [...changed], gone };
}

function sum(registry: HostRegistry, family: string): number {
  const found = registry.families().find(({ name }) => name === `namedprocess_namegroup_${family}`);
  return found?.samples.reduce((total, { value }) => total + value, 0) ?? 0;
}

it("says of all groups together what there is of all processes, however they come, go and change", () => {
  fc.assert(
    fc.property(fc.array(fc.array(event, { maxLength: 12 }), { minLength: 1, maxLength: 40 }), (passes) => {
      const registry = new HostRegistry();
      const owner = registry.addOwner([]);
      const units = { pageBytes: 1, bootSeconds: 0 };
      const groups = new ProcessGroups(registry.forOwner(owner), units, SHOWN, 1000);
      const processes: TrackedProcess[] = [];
      passes.forEach((events, pass) => {
        const { changed, gone } = play(processes, events);
        registry.beginPass(pass * 1000, pass * 1000);
        registry.ownerRuns(owner);
        groups.update(changed, gone);
        groups.write(registry);
        registry.flush({ define() {}, undefine() {}, appendBatch() {}, setMetadata() {} });
        for (const { increase } of changed) increase.userTicks = 0;
        expect(sum(registry, "num_procs")).toBe(processes.length);
        expect(sum(registry, "num_threads")).toBe(processes.reduce((total, { threads }) => total + threads, 0));
        const byName = registry.families().find(({ name }) => name === "namedprocess_namegroup_num_procs");
        for (const { labelValues, value } of byName?.samples ?? []) {
          if (labelValues[0] === "other") continue;
          expect(value).toBe(processes.filter(({ group }) => group === labelValues[0]).length);
        }
      });
    }),
    { numRuns: 100 },
  );
});
