import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Slot } from "./collector.ts";
import { HostRegistry } from "./registry.ts";
import { RecordingSink } from "./testing/recording-sink.ts";

const IDENTITY = [
  ["instance", "i"],
  ["job", "node"],
] as const;

/** What happens in one pass: whether the collector runs at all, which names it sets, which it then gives back. */
interface Pass {
  readonly runs: boolean;
  readonly sets: readonly number[];
  readonly releases: readonly number[];
}

const names = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 200 });
const passes = fc.array(fc.record({ runs: fc.boolean(), sets: names, releases: names }), { maxLength: 40 });

function seriesOf(name: number): string {
  return `metric{instance="i", job="node", name="${name}"}`;
}

describe("HostRegistry", () => {
  it("says what a naive model says, over any order of setting, resting, releasing and compacting", () => {
    fc.assert(
      fc.property(passes, (sequence) => {
        const registry = new HostRegistry();
        const sink = new RecordingSink();
        const owner = registry.addOwner(IDENTITY);
        const family = registry.forOwner(owner).family("metric", "A metric.", "gauge", ["name"]);
        const slots = new Map<number, Slot>();
        let held = new Map<string, number>();
        sequence.forEach(({ runs, sets, releases }: Pass, at) => {
          registry.beginPass(at, at);
          const expected = new Map<string, number | "stale">();
          const next = runs ? new Map<string, number>() : new Map(held);
          if (runs) {
            registry.ownerRuns(owner);
            for (const name of sets) {
              const slot = slots.get(name) ?? family.slot(String(name));
              slots.set(name, slot);
              registry.set(slot, at * 1000 + name);
              next.set(seriesOf(name), at * 1000 + name);
            }
            for (const name of releases) {
              const slot = slots.get(name);
              // A collector gives back what it did not set in this pass.
              if (slot === undefined || sets.includes(name)) continue;
              family.release(slot);
              slots.delete(name);
            }
          }
          registry.flush(sink);
          for (const [series, value] of next) expected.set(series, value);
          for (const series of held.keys()) if (!next.has(series)) expected.set(series, "stale");
          expect(new Map(sink.last.samples)).toEqual(expected);
          expect(registry.presentCount()).toBe(next.size);
          held = next;
          if (at % 3 === 2) registry.compactWhereWorth(sink);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("gives a number back only after its series ended, and never to two at once", () => {
    const registry = new HostRegistry();
    const family = registry.forOwner(registry.addOwner(IDENTITY)).family("metric", "", "gauge", ["name"]);
    const first = family.slot("a");
    expect(family.slot("a")).toBe(first);
    family.release(first);
    const second = family.slot("b");
    expect(second).toBe(first);
    expect(family.slot("a")).not.toBe(second);
    expect(() => registry.set(99, 1)).toThrow();
  });

  it("keeps a label of its own that is named like the identity's", () => {
    const registry = new HostRegistry();
    const sink = new RecordingSink();
    const owner = registry.addOwner(IDENTITY);
    const slot = registry.forOwner(owner).family("metric", "", "gauge", ["job"]).slot("backup");
    registry.beginPass(1, 1);
    registry.ownerRuns(owner);
    registry.set(slot, 1);
    registry.flush(sink);
    expect([...sink.last.samples.keys()]).toEqual(['metric{exported_job="backup", instance="i", job="node"}']);
  });

  it("refuses wrong numbers of labels and types that contradict each other", () => {
    const registry = new HostRegistry().forOwner(new HostRegistry().addOwner(IDENTITY));
    expect(() => registry.family("m", "", "gauge", ["a"]).slot()).toThrow(/BUG/);
    expect(() => registry.family("m", "", "counter", ["a"])).toThrow(/BUG/);
  });
});
