/** This machine's collectors, driven by the clock into a sink. */

import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import {
  builtinCollectors,
  createHostCollection,
  detectHostPaths,
  type HostCollection,
  type OpenHost,
  openHost,
} from "@dmon/collect";
import type { BatchSink, Clock } from "@dmon/model";
import type { Config } from "../config/schema.ts";
import type { Log } from "../log.ts";
import { Ticker } from "./ticker.ts";

export interface LocalCollection {
  readonly ticker: Ticker;
  /** Value of the label `instance`. */
  readonly instance: string;
  /** Switches and interval may have changed. */
  configure(config: Config): void;
  stop(): void;
}

export function startLocalCollection(config: Config, sink: BatchSink, clock: Clock, log: Log): LocalCollection {
  let host = openConfiguredHost(config);
  let collection = create(config, host, sink, clock, log);
  const ticker = new Ticker(clock, config.collect.interval, (atMs) => collection.collect(atMs));
  ticker.start();
  let current = JSON.stringify(config.collect);
  return {
    ticker,
    instance: instanceName(config, host),
    configure(next) {
      const wanted = JSON.stringify(next.collect);
      if (wanted === current) return;
      current = wanted;
      collection.close(clock.nowMs());
      host.close();
      host = openConfiguredHost(next);
      collection = create(next, host, sink, clock, log);
      ticker.setInterval(next.collect.interval);
    },
    stop() {
      ticker.stop();
      collection.close(clock.nowMs());
      host.close();
    },
  };
}

function openConfiguredHost({ collect }: Config): OpenHost {
  const found = detectHostPaths();
  return openHost({
    procfs: collect.procfs || found.procfs,
    sysfs: collect.sysfs || found.sysfs,
    rootfs: collect.rootfs || found.rootfs,
  });
}

function create(config: Config, host: OpenHost, sink: BatchSink, clock: Clock, log: Log): HostCollection {
  return createHostCollection({
    host,
    factories: builtinCollectors,
    collectors: config.collect.collectors as never,
    instance: instanceName(config, host),
    sink,
    clock,
    log,
  });
}

/** The configured name, else the watched machine's (not the container's). */
function instanceName(config: Config, host: OpenHost): string {
  if (config.collect.instance !== "") return config.collect.instance;
  const ownRoot = host.rootPath("/");
  if (ownRoot === "/") return hostname();
  try {
    return readFileSync(host.rootPath("/etc/hostname"), "utf8").trim() || hostname();
  } catch {
    return hostname();
  }
}
