import type { Slices } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { Priority, Scheduler, SLICE_MS, type Task } from "./scheduler.ts";

/** A scheduler over a clock that each step of work moves by a millisecond. */
function harness() {
  let nowMs = 0;
  const deferred: (() => void)[] = [];
  const log: string[] = [];
  const scheduler = new Scheduler(
    () => nowMs,
    (run) => void deferred.push(run),
  );
  function* steps(name: string, count: number): Slices<void> {
    try {
      for (let i = 0; i < count; i++) {
        nowMs++;
        log.push(name);
        yield;
      }
    } finally {
      log.push(`${name} ended`);
    }
  }
  return {
    scheduler,
    log,
    task: (name: string, count: number, priority: Priority, isBlocked?: () => boolean): Task => ({
      priority,
      work: steps(name, count),
      onError: (error) => log.push(`${name} failed: ${String(error)}`),
      ...(isBlocked === undefined ? {} : { isBlocked }),
    }),
    /** Runs the event loop until nothing is left; `between` is called before each turn. */
    drain(between: () => void = () => {}) {
      for (let run = deferred.shift(); run !== undefined; run = deferred.shift()) {
        between();
        run();
      }
    },
  };
}

describe("Scheduler", () => {
  it("lets tasks of one priority take turns of one slice", () => {
    const { scheduler, log, task, drain } = harness();
    scheduler.add(task("a", SLICE_MS + 1, Priority.INTERACTIVE));
    scheduler.add(task("b", 1, Priority.INTERACTIVE));
    drain();
    expect(log.join(" ")).toBe(`${"a ".repeat(SLICE_MS)}b b ended a a ended`);
  });

  it("runs what is more urgent as soon as the slice is over", () => {
    const { scheduler, log, task, drain } = harness();
    scheduler.add(task("query", 3 * SLICE_MS, Priority.INTERACTIVE));
    let turns = 0;
    drain(() => {
      if (++turns === 2) scheduler.add(task("rule", 1, Priority.RULES));
    });
    expect(log.indexOf("rule")).toBe(SLICE_MS);
  });

  it("passes over a blocked task and goes on with it after wake", () => {
    const { scheduler, log, task, drain } = harness();
    let blocked = true;
    scheduler.add(task("slow reader", 1, Priority.RULES, () => blocked));
    scheduler.add(task("other", 1, Priority.MAINTENANCE));
    drain();
    expect(log).toEqual(["other", "other ended"]);
    blocked = false;
    scheduler.wake();
    drain();
    expect(log).toEqual(["other", "other ended", "slow reader", "slow reader ended"]);
    expect(scheduler.pendingCount).toBe(0);
  });

  it("runs a cancelled task's clean-up", () => {
    const { scheduler, log, task, drain } = harness();
    const one = task("one", SLICE_MS * 2, Priority.INTERACTIVE);
    scheduler.add(one);
    let turns = 0;
    drain(() => {
      if (++turns === 2) scheduler.cancel(one);
    });
    expect(log.at(-1)).toBe("one ended");
    expect(log.filter((entry) => entry === "one")).toHaveLength(SLICE_MS);
  });

  it("drops all tasks once it is closed, with their clean-up, and those that come later", () => {
    const { scheduler, log, task, drain } = harness();
    const work = (function* (): Slices<void> {
      try {
        yield;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: a clean-up that fails is what is tested
        throw new Error("no");
      }
    })();
    work.next();
    scheduler.add(task("one", SLICE_MS * 2, Priority.INTERACTIVE));
    scheduler.add({ ...task("bad", 1, Priority.INTERACTIVE), work });
    let turns = 0;
    drain(() => {
      if (++turns !== 2) return;
      scheduler.close();
      scheduler.add(task("late", 1, Priority.RULES));
    });
    expect(log.slice(SLICE_MS)).toEqual(["bad failed: Error: no", "one ended"]);
    expect(scheduler.pendingCount).toBe(0);
  });

  it("survives work that throws", () => {
    const { scheduler, log, task, drain } = harness();
    scheduler.add({
      ...task("bad", 1, Priority.INTERACTIVE),
      work: (function* (): Slices<void> {
        throw new Error("no");
      })(),
    });
    scheduler.add(task("good", 1, Priority.INTERACTIVE));
    drain();
    expect(log).toEqual(["bad failed: Error: no", "good", "good ended"]);
  });
});
