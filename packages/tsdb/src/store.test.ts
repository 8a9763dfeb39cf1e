import { AppendOutcome, bug, runToEnd, SampleKind, TierColumns } from "@dmon/model";
import { afterEach, describe, expect, test } from "vitest";
import { Driver, eq, floats, metric } from "./testing/store-driver.ts";

const START = Date.UTC(2026, 10, 20, 10);
const drivers: Driver[] = [];

function driver(options = {}): Driver {
  const made = new Driver(START, options);
  drivers.push(made);
  return made;
}

afterEach(() => {
  for (const made of drivers.splice(0)) made.dispose();
});

/** `seconds` batches of two series, one a counter, one constant. */
function fill(d: Driver, seconds: number, each?: () => void): void {
  d.store.define({ source: 1, fromSlot: 0, series: [metric("a_total", { job: "j" }), metric("b", { job: "j" })] });
  for (let i = 0; i < seconds; i++) {
    d.clock.advance(1000);
    d.store.appendBatch(floats(1, d.clock.nowMs(), [i, 7]));
    d.store.commit();
    each?.();
  }
}

describe("a store", () => {
  test("answers what was appended, from the head", () => {
    const d = driver();
    fill(d, 5);
    const [a, b] = d.select([eq("job", "j")]);
    expect(a).toMatchObject({ labels: 'a_total{job="j"}', values: [0, 1, 2, 3, 4] });
    expect(a!.times[0]).toBe(START + 1000);
    expect(b!.values).toEqual([7, 7, 7, 7, 7]);
  });

  test("answers the same after it was opened again", () => {
    const d = driver();
    fill(d, 250, () => d.maintain());
    const before = d.select([eq("job", "j")]);
    d.reopen();
    expect(d.select([eq("job", "j")])).toEqual(before);
    d.maintain();
    expect(d.select([eq("job", "j")])).toEqual(before);
    d.reopen();
    expect(d.select([eq("job", "j")])).toEqual(before);
    expect(before[0]!.values).toHaveLength(250);
  });

  test("a sample that comes twice is known, wherever the first one is by now", () => {
    const d = driver({ outOfOrderWindowMs: 4 * 3_600_000 });
    const { OK, DUPLICATE, CONFLICT } = AppendOutcome;
    const id = (): number => d.store.resolve(metric("x"))!;
    for (let i = 1; i <= 5; i++) d.store.appendFloat(id(), START + i * 1000, i);
    const again = (): void => {
      for (const i of [2, 5]) {
        expect(d.store.appendFloat(id(), START + i * 1000, i)).toBe(DUPLICATE);
        expect(d.store.appendFloat(id(), START + i * 1000, 100)).toBe(CONFLICT);
        expect(d.store.appendStale(id(), START + i * 1000)).toBe(CONFLICT);
      }
    };
    again();
    d.reopen();
    again();
    // In recent packs, written because the samples are old.
    d.clock.advance(3_600_000);
    d.maintain();
    again();
    d.reopen();
    again();
    // In the file of its day.
    d.clock.advance(2.5 * 3_600_000);
    d.maintain();
    again();
    d.reopen();
    again();
    // Deleted, it may come again.
    runToEnd(d.store.deleteSeries([[eq("__name__", "x")]], START + 2000, START + 2000));
    expect(d.store.appendFloat(id(), START + 2000, 200)).toBe(OK);
    expect(d.store.appendFloat(id(), START + 2000, 2)).toBe(CONFLICT);
    d.reopen();
    expect(d.store.appendFloat(id(), START + 2000, 200)).toBe(DUPLICATE);
    expect(d.select([eq("__name__", "x")])[0]!.values).toEqual([1, 200, 3, 4, 5]);
  });

  test("single samples, staleness markers, histograms and start times come back", () => {
    const d = driver();
    const ref = d.store.resolve(metric("x"))!;
    const histogram = {
      schema: 0,
      counterResetHint: "unknown" as const,
      zeroThreshold: 0.001,
      zeroCount: 1,
      count: 6,
      sum: 12.5,
      positiveSpans: [{ offset: 0, length: 2 }],
      negativeSpans: [],
      positiveBuckets: [2, 3],
      negativeBuckets: [],
      customValues: [],
    };
    d.store.appendFloat(ref, START, 1.5, START - 60_000);
    d.store.appendStale(ref, START + 1000);
    d.store.appendHistogram(ref, START + 2000, histogram);
    for (let i = 3; i < 200; i++) d.store.appendFloat(ref, START + i * 1000, i / 10);
    d.store.commit();
    const before = d.select([eq("__name__", "x")]);
    expect(before[0]!.kinds.slice(0, 4)).toEqual([SampleKind.FLOAT, SampleKind.STALE, SampleKind.HISTOGRAM, 1]);
    d.reopen();
    expect(d.select([eq("__name__", "x")])).toEqual(before);
    d.maintain();
    d.reopen();
    expect(d.select([eq("__name__", "x")])).toEqual(before);
  });

  test("sources whose blocks end at different times all come back, though the log was trimmed between", () => {
    // A row whose key row had been trimmed away hid the rows behind it in its record.
    const d = driver();
    const wide = Array.from({ length: 300 }, (_, i) => metric("wide", { n: String(i), job: "w" }));
    d.store.define({ source: 1, fromSlot: 0, series: wide });
    d.store.define({ source: 2, fromSlot: 0, series: [metric("narrow", { job: "n" })] });
    for (let i = 0; i < 1333; i++) {
      d.clock.advance(1000);
      d.store.appendBatch(
        floats(
          1,
          d.clock.nowMs(),
          wide.map((_, n) => Math.sin(i * n)),
        ),
      );
      if (i % 7 === 0) d.store.appendBatch(floats(2, d.clock.nowMs(), [i]));
      d.store.commit();
      d.maintain();
    }
    const before = d.select([eq("job", "n")]);
    expect(before[0]!.values).toHaveLength(191);
    d.reopen();
    expect(d.select([eq("job", "n")])).toEqual(before);
    expect(d.events.filter((event) => event.type === "replayed" && event.lostSamples > 0)).toEqual([]);
  });

  test("takes a batch of nothing from a source that defined nothing", () => {
    // A collection that was ended within its first second sent one, and ended the engine with it.
    const d = driver();
    expect(() => d.store.appendBatch(floats(7, d.clock.nowMs(), []))).not.toThrow();
  });

  test("a second opener is refused", () => {
    const d = driver();
    expect(() => new Driver(START, { dir: d.dir })).toThrow(/in use by another process/);
  });
});

describe("history that comes after the present", () => {
  const HOUR = 3_600_000;
  const old = START - 40 * 24 * HOUR;
  const history = (d: Driver): number[] => {
    const ref = d.store.resolve(metric("m", { job: "j" }))!;
    const outcomes = new Set<number>();
    d.store.backfill(() => {
      for (let i = 0; i < 5 * 60; i++) outcomes.add(d.store.appendFloat(ref, old + i * 60_000, i));
    });
    d.store.commit();
    return [...outcomes];
  };

  test("is refused from senders, and taken where it is asked for", () => {
    const d = driver();
    const ref = d.store.resolve(metric("m", { job: "j" }))!;
    d.store.appendFloat(ref, START, 7);
    d.maintain();
    expect(d.store.appendFloat(ref, old, 1)).toBe(AppendOutcome.OUT_OF_ORDER);
    expect(history(d)).toEqual([AppendOutcome.OK]);
    expect(d.store.appendFloat(ref, old + 1, 1)).toBe(AppendOutcome.OUT_OF_ORDER);
    expect(d.store.backfill(() => d.store.appendFloat(ref, START - 5 * 366 * 24 * HOUR, 1))).toBe(
      AppendOutcome.OUT_OF_BOUNDS,
    );
    expect(() => d.store.backfill(() => bug("it fails amid"))).toThrow("it fails amid");
    expect(d.store.appendFloat(ref, old + 1, 1)).toBe(AppendOutcome.OUT_OF_ORDER);
  });

  test("answers like any other, from the head, the files and the tiers, also after it was opened again", () => {
    const d = driver({ retention: { rawMs: 90 * 24 * HOUR, m1Ms: 90 * 24 * HOUR, h1Ms: 400 * 24 * HOUR } });
    const ref = d.store.resolve(metric("m", { job: "j" }))!;
    d.store.appendFloat(ref, START, 7);
    history(d);
    const wanted = Array.from({ length: 300 }, (_, i) => i);
    const check = (): void => {
      const [found] = d.select([eq("job", "j")], { endMs: START - HOUR });
      expect(found!.values).toEqual(wanted);
    };
    check();
    d.reopen();
    check();
    for (let i = 0; i < 200; i++) {
      d.clock.advance(10_000);
      d.maintain();
    }
    check();
    const range = { startMs: old, endMs: old + 6 * HOUR };
    const selection = runToEnd(
      d.store.select([eq("job", "j")], { ...range, stepMs: HOUR, rangeMs: HOUR, func: "max_over_time", tier: "1m" }),
    );
    const minutes = new TierColumns();
    selection.series[0]!.readTier(range.startMs, range.endMs, minutes);
    expect([...minutes.max.subarray(0, minutes.length)]).toEqual(wanted);
    d.reopen();
    check();
  });

  test("that is there already is no second sample", () => {
    const d = driver();
    d.store.appendFloat(d.store.resolve(metric("m", { job: "j" }))!, START, 7);
    history(d);
    for (let i = 0; i < 200; i++) {
      d.clock.advance(10_000);
      d.maintain();
    }
    history(d);
    expect(d.select([eq("job", "j")])[0]!.values).toHaveLength(301);
  });
});
