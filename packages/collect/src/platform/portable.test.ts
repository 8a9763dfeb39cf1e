import { systemClock } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { builtinCollectors } from "../collectors/builtin.ts";
import { openHost } from "../host/host.ts";
import { createHostCollection } from "../host-collection.ts";
import { RecordingSink } from "../testing/recording-sink.ts";
import { collectorsFor } from "./collectors-for.ts";

describe("portable collectors", () => {
  it("say the essentials under Linux' names wherever they run", async () => {
    const log = { info() {}, warn() {} };
    const collection = createHostCollection({
      host: openHost(),
      factories: collectorsFor("darwin"),
      instance: "mac",
      sink: new RecordingSink(),
      clock: systemClock,
      log,
    });
    collection.collect(Date.now());
    await collection.settled();
    collection.collect(Date.now());
    expect(collection.status().filter(({ state }) => state === "failed")).toEqual([]);
    const names = collection.families().map(({ name }) => name);
    for (const name of [
      "node_boot_time_seconds",
      "node_cpu_seconds_total",
      "node_filesystem_avail_bytes",
      "node_load1",
      "node_memory_MemAvailable_bytes",
      "node_memory_MemTotal_bytes",
      "node_network_receive_bytes_total",
      "node_time_seconds",
      "node_uname_info",
    ]) {
      expect(names).toContain(name);
    }
    expect(collection.families().flatMap(({ samples }) => samples.filter(({ value }) => Number.isNaN(value)))).toEqual(
      [],
    );
  });

  it("are not those of Linux", () => {
    expect(collectorsFor("linux")).toBe(builtinCollectors);
  });
});
