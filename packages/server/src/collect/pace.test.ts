import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

const EFFICIENT = "--efficiency-mode --invocation-count-for-maglev=30";
const QUICK = "--no-efficiency-mode --invocation-count-for-maglev=400";

/** Cores in use during each reading's five seconds, and the flags set in it. */
function flagsAt(cores: readonly number[]): string[] {
  let set: string[] = [];
  const pace = new Pace((flags) => set.push(flags));
  let cpuSeconds = 10;
  let atMs = 1000;
  pace.observe(cpuSeconds, atMs);
  const out = [set.join()];
  for (const each of cores) {
    set = [];
    cpuSeconds += each * 5;
    atMs += 5000;
    pace.observe(cpuSeconds, atMs);
    out.push(set.join());
  }
  return out;
}

describe("Pace", () => {
  it("is efficient from the start and while there is little to do", () => {
    expect(flagsAt([0.005, 0.09, 0.05])).toEqual([EFFICIENT, "", "", ""]);
  });

  it("is quick at once under load, and efficient again after a quiet minute", () => {
    const quietMinute = Array.from({ length: 11 }, () => 0.01);
    expect(flagsAt([1.2, 1.5, ...quietMinute, 0.05, ...quietMinute, 0.01, 0.01])).toEqual([
      EFFICIENT,
      QUICK,
      "",
      ...quietMinute.map(() => ""),
      "",
      ...quietMinute.map(() => ""),
      EFFICIENT,
      "",
    ]);
  });

  it("is quick from the first request on, and until a minute after the last", () => {
    const set: string[] = [];
    const pace = new Pace((flags) => set.push(flags));
    let atMs = 0;
    const idle = (readings: number): void => {
      for (let i = 0; i < readings; i++) {
        atMs += 5000;
        pace.observe(1, atMs);
      }
    };
    idle(3);
    pace.wake();
    idle(11);
    pace.wake();
    idle(11);
    expect(set).toEqual([EFFICIENT, QUICK]);
    idle(1);
    expect(set).toEqual([EFFICIENT, QUICK, EFFICIENT]);
  });

  it("sets flags that this V8 knows", () => {
    const wrong: string[] = [];
    const write = process.stderr.write;
    process.stderr.write = (text) => wrong.push(String(text)) > 0;
    try {
      const pace = new Pace(setFlagsFromString);
      pace.observe(0, 0);
      pace.observe(10, 1000);
    } finally {
      process.stderr.write = write;
    }
    expect(wrong).toEqual([]);
  });
});
