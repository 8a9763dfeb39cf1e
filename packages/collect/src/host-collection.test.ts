import { ManualClock } from "@dmon/model";
import { describe, expect, it } from "vitest";
import type { AnyCollectorFactory, Collect, Collector } from "./collector.ts";
import { openHost } from "./host/host.ts";
import { createHostCollection, type HostCollectionOptions } from "./host-collection.ts";
import { RecordingSink } from "./testing/recording-sink.ts";

function setUp(factories: readonly AnyCollectorFactory[], more: Partial<HostCollectionOptions> = {}) {
  const sink = new RecordingSink();
  const clock = new ManualClock(1_000_000);
  const logged: string[] = [];
  const note = (fields: object, message: string) => logged.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: note, warn: note };
  const host = openHost();
  const collection = createHostCollection({ host, factories, instance: "here", sink, clock, log, ...more });
  /** A second later, what the newest batch says of a series. */
  const tick = () => {
    clock.advance(1000);
    collection.collect(clock.nowMs());
    return sink.last.samples;
  };
  return { sink, clock, logged, collection, tick };
}

function collector(name: string, create: AnyCollectorFactory["create"], job?: string): AnyCollectorFactory {
  return { name, defaultEnabled: true, create, ...(job === undefined ? {} : { job }) };
}

const good = collector("good", (_host, registry) => {
  const slot = registry.gauge("good", "Always 1.");
  return (batch) => batch.set(slot, 1);
});

const success = (name: string) => `node_scrape_collector_success{collector="${name}", instance="here", job="node"}`;

describe("createHostCollection", () => {
  it("stores series with job and instance, up, the scrape's own and the collectors' metrics", () => {
    const { tick, sink, collection } = setUp([good]);
    const samples = tick();
    expect(samples.get('good{instance="here", job="node"}')).toBe(1);
    expect(samples.get('up{instance="here", job="node"}')).toBe(1);
    expect(samples.get(success("good"))).toBe(1);
    expect(samples.get('scrape_samples_scraped{instance="here", job="node"}')).toBe(3);
    expect(samples.get('scrape_series_added{instance="here", job="node"}')).toBe(3);
    expect(tick().get('scrape_series_added{instance="here", job="node"}')).toBe(0);
    expect(sink.metadata.get("good")).toEqual({ type: "gauge", help: "Always 1.", unit: "" });
    expect(collection.families().map(({ name }) => name)).toEqual([
      "good",
      "node_scrape_collector_duration_seconds",
      "node_scrape_collector_success",
    ]);
  });

  it("gives each job an up of its own", () => {
    const other = collector(
      "other",
      (_host, registry) => {
        const slot = registry.gauge("other", "Other.");
        return (batch) => batch.set(slot, 2);
      },
      "cadvisor",
    );
    const samples = setUp([good, other]).tick();
    expect(samples.get('other{instance="here", job="cadvisor"}')).toBe(2);
    expect(samples.get('up{instance="here", job="cadvisor"}')).toBe(1);
  });

  it("reports a collector that throws, keeps the others, logs once and tells when it works again", () => {
    let broken = true;
    const bad = collector("bad", (_host, registry) => {
      const slot = registry.gauge("bad", "Sometimes there.");
      return (batch) => {
        if (broken) throw new Error("cannot read /proc/bad");
        batch.set(slot, 5);
      };
    });
    const { tick, logged, collection } = setUp([bad, good]);
    for (let i = 0; i < 5; i++) {
      const samples = tick();
      expect(samples.get(success("bad"))).toBe(0);
      expect(samples.get(success("good"))).toBe(1);
      expect(samples.get('good{instance="here", job="node"}')).toBe(1);
    }
    expect(logged).toEqual(['collector failed {"collector":"bad","error":"cannot read /proc/bad"}']);
    expect(collection.status()[0]).toMatchObject({ name: "bad", state: "failed", error: "cannot read /proc/bad" });
    broken = false;
    expect(tick().get('bad{instance="here", job="node"}')).toBe(5);
    expect(logged).toHaveLength(2);
    broken = true;
    expect(tick().get('bad{instance="here", job="node"}')).toBe("stale");
    expect(tick().has('bad{instance="here", job="node"}')).toBe(false);
  });

  it("reports a collector that cannot be made, and tries again after a minute", () => {
    let tries = 0;
    const bad = collector("bad", () => {
      tries++;
      throw new Error("permission denied");
    });
    const { tick } = setUp([bad]);
    for (let i = 0; i < 59; i++) expect(tick().get(success("bad"))).toBe(0);
    expect(tries).toBe(1);
    for (let i = 0; i < 3; i++) tick();
    expect(tries).toBe(2);
  });

  it("says nothing of a collector whose thing the machine lacks, and looks again every minute", () => {
    let there = false;
    const optional = collector("optional", (_host, registry) => {
      if (!there) return undefined;
      const slot = registry.gauge("optional", "Hot-plugged.");
      return (batch) => batch.set(slot, 1);
    });
    const { tick, logged, collection } = setUp([optional]);
    expect(tick().has(success("optional"))).toBe(false);
    expect(collection.status()[0]!.state).toBe("absent");
    there = true;
    for (let i = 0; i < 61; i++) tick();
    expect(tick().get('optional{instance="here", job="node"}')).toBe(1);
    expect(logged).toEqual([]);
  });

  it("asks a slow collector less often and keeps what it said", () => {
    let calls = 0;
    const { tick, clock, logged } = setUp([
      collector("slow", (_host, registry) => {
        const slot = registry.gauge("slow", "Slow.");
        return (batch) => {
          calls++;
          clock.advance(500);
          batch.set(slot, calls);
        };
      }),
    ]);
    const seen = Array.from({ length: 10 }, () => tick().get('slow{instance="here", job="node"}'));
    expect(seen).toEqual([1, 2, 3, 3, 3, 3, 3, 3, 3, 3]);
    expect(logged).toHaveLength(1);
  });

  it("does not take for slow what had to wait for a CPU", () => {
    let waitedMs = 0;
    let calls = 0;
    let waits = true;
    const delayed = collector("delayed", (_host, registry) => {
      const slot = registry.gauge("delayed", "Delayed.");
      return (batch) => {
        calls++;
        clock.advance(500);
        if (waits) waitedMs += 495;
        batch.set(slot, calls);
      };
    });
    const { tick, clock, logged } = setUp([delayed], { waitedMs: () => waitedMs });
    for (let i = 0; i < 20; i++) tick();
    expect(calls).toBe(20);
    expect(logged).toEqual([]);
    waits = false;
    for (let i = 0; i < 5; i++) tick();
    expect(calls).toBe(22);
    expect(logged).toHaveLength(1);
  });

  it("runs a refresh beside the collections, one at a time, and reports one that hangs", async () => {
    let begun = 0;
    let finish = () => {};
    const aside = collector("aside", (_host, registry): Collector => {
      const slot = registry.gauge("aside", "Aside.");
      let value = 0;
      return {
        refreshEveryMs: 2000,
        async refresh() {
          begun++;
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          value = begun;
        },
        collect(batch) {
          if (value > 0) batch.set(slot, value);
        },
      };
    });
    const { tick, collection } = setUp([aside, good]);
    const name = 'aside{instance="here", job="node"}';
    expect(tick().has(name)).toBe(false);
    finish();
    await collection.settled();
    expect(tick().get(name)).toBe(1);
    tick();
    expect(begun).toBe(2);
    for (let i = 0; i < 14; i++) expect(tick().get(success("aside"))).toBe(1);
    const silent = [tick(), tick(), tick()].at(-1)!;
    expect(silent.get(success("aside"))).toBe(0);
    expect(silent.get('good{instance="here", job="node"}')).toBe(1);
    expect(begun).toBe(2);
    finish();
    await collection.settled();
    tick();
    expect(tick().get(success("aside"))).toBe(1);
  });

  it("does not wait for ever for a refresh that hangs", async () => {
    const { tick, collection, clock } = setUp([
      collector("hanging", () => ({ collect() {}, refresh: () => new Promise<void>(() => {}) })),
    ]);
    tick();
    const settled = collection.settled();
    clock.advance(15_000);
    await settled;
  });

  it("reports a refresh that rejects", async () => {
    const { tick, collection } = setUp([
      collector("aside", () => ({ collect() {}, refresh: () => Promise.reject(new Error("no bus")) })),
    ]);
    tick();
    await collection.settled();
    expect(tick().get(success("aside"))).toBe(0);
    expect(collection.status()[0]!.error).toBe("no bus");
  });

  it("runs only what is switched on, with the defaults of options that are not given", () => {
    const seen: object[] = [];
    const factory: AnyCollectorFactory = {
      name: "optioned",
      defaultEnabled: false,
      options: { depth: { default: 3, describe: "" }, name: { default: "x", describe: "" } },
      create(_host, _registry, options): Collect {
        seen.push(options);
        return () => {};
      },
    };
    setUp([factory]).tick();
    expect(seen).toEqual([]);
    setUp([factory], { collectors: { optioned: { enabled: true, options: { name: "y" } } } }).tick();
    expect(seen).toEqual([{ depth: 3, name: "y" }]);
  });

  it("says nothing when it is closed before it collected", () => {
    const { collection, sink, clock } = setUp([good]);
    collection.close(clock.nowMs());
    expect(sink.batches).toEqual([]);
  });

  it("ends all series when it is closed", () => {
    const { tick, collection, sink, clock } = setUp([good]);
    tick();
    collection.close(clock.nowMs() + 1);
    expect(new Set(sink.last.samples.values())).toEqual(new Set(["stale"]));
    expect(sink.sources.size).toBe(0);
  });

  it("keeps memory and the batch flat while devices come and go", () => {
    let round = 0;
    const churning = collector("churning", (_host, registry) => {
      const family = registry.family("device", "A device.", "gauge", ["name"]);
      let slots: number[] = [];
      return (batch) => {
        for (const slot of slots) family.release(slot);
        round++;
        slots = Array.from({ length: 50 }, (_, i) => family.slot(`${round}-${i}`));
        for (const slot of slots) batch.set(slot, round);
      };
    });
    const { tick, sink, collection } = setUp([churning, good]);
    const before = collection.source;
    let longest = 0;
    for (let i = 0; i < 600; i++) {
      tick();
      longest = Math.max(longest, sink.sources.get(collection.source)!.length);
      const { samples } = sink.last;
      expect([...samples.values()].filter((value) => value !== "stale").length).toBeGreaterThan(50);
      expect(samples.get(`device{instance="here", job="node", name="${round}-0"}`)).toBe(round);
    }
    expect(collection.source).toBeGreaterThan(before);
    expect(longest).toBeLessThan(50 * 62 + 100);
    expect(sink.sources.size).toBe(1);
  });
});
