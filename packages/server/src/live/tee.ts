/** Hands what sources say to several sinks: the engine that keeps it, and the live stream. */
import type { BatchSink } from "@dmon/model";

export type Listener = Pick<BatchSink, "define" | "undefine" | "appendBatch"> & Partial<Pick<BatchSink, "setMetadata">>;

export function teeSink(keeper: BatchSink, ...others: readonly Listener[]): BatchSink {
  return {
    define: (definition) => {
      keeper.define(definition);
      for (const other of others) other.define(definition);
    },
    undefine: (source) => {
      keeper.undefine(source);
      for (const other of others) other.undefine(source);
    },
    appendBatch: (batch) => {
      keeper.appendBatch(batch);
      for (const other of others) other.appendBatch(batch);
    },
    setMetadata: (metric, metadata) => {
      keeper.setMetadata(metric, metadata);
      for (const other of others) other.setMetadata?.(metric, metadata);
    },
  };
}
