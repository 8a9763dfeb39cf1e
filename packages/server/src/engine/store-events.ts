/** What the store tells, as lines of the log: what happened, and what to do where something can be done. */
import type { StoreEvent } from "@dmon/tsdb";

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function describeStoreEvent(event: StoreEvent): LogLine {
  const { type, ...fields } = event;
  switch (type) {
    case "damage":
      return {
        level: "error",
        message: "stored data is damaged; what it held is lost, all else answers (dmon tsdb verify)",
        fields,
      };
    case "disk_full":
      return {
        level: "error",
        message: "the disk is full: collecting goes on in memory, nothing older is touched; make room",
        fields,
      };
    case "disk_ok":
      return { level: "info", message: "the disk has room again; writing goes on", fields };
    case "samples_dropped":
      return { level: "error", message: "samples were given up because the disk stayed full", fields };
    case "clock_jump":
      return { level: "warn", message: "the wall clock jumped", fields };
    case "removed":
      return { level: "info", message: "old data was removed", fields };
    case "too_large":
      return {
        level: "warn",
        message: "storage.max_size is less than the least that is kept; raise it, or collect less",
        fields,
      };
    case "replayed":
      return { level: event.lostSamples > 0 ? "warn" : "info", message: "read what was not yet in a chunk", fields };
    case "error":
      return { level: "error", message: event.message, fields: { path: event.path } };
  }
}
