import { EventEmitter } from "node:events";
import { Labels, type LiveEvent, SampleKind } from "@dmon/model";
import { describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { compileSelectors } from "./compile.ts";
import { LiveHub } from "./hub.ts";

class FakeSocket extends EventEmitter {
  bufferedAmount = 0;
  readonly events: LiveEvent[] = [];
  send(text: string): void {
    this.events.push(JSON.parse(text) as LiveEvent);
  }
  async say(message: unknown): Promise<void> {
    this.emit("message", typeof message === "string" ? message : JSON.stringify(message));
    await new Promise((resolve) => setImmediate(resolve));
  }
  take(): LiveEvent[] {
    return this.events.splice(0);
  }
}

function setUp() {
  const hub = new LiveHub({ version: "1", intervalMs: () => 1000, compile: async (match) => compileSelectors(match) });
  hub.define({
    source: 1,
    fromSlot: 0,
    series: [
      Labels.from({ __name__: "a", x: "1" }),
      Labels.from({ __name__: "a", x: "2" }),
      Labels.from({ __name__: "b" }),
    ],
  });
  const connect = () => {
    const socket = new FakeSocket();
    hub.connect(socket as unknown as WebSocket);
    return socket;
  };
  const batch = (atMs: number, values: (number | "stale" | undefined)[]) => {
    hub.appendBatch({
      source: 1,
      atMs,
      length: values.length,
      kinds: Uint8Array.from(values, (v) =>
        v === undefined ? SampleKind.ABSENT : v === "stale" ? SampleKind.STALE : SampleKind.FLOAT,
      ),
      values: Float64Array.from(values, (v) => (typeof v === "number" ? v : 0)),
    });
    hub.flush(atMs);
  };
  return { hub, connect, batch };
}

describe("LiveHub", () => {
  it("sends matching series, a full frame, then changes only", async () => {
    const { connect, batch } = setUp();
    batch(1000, [1, 2, 3]);
    const socket = connect();
    await socket.say({ type: "subscribe", id: 7, match: ['a{x=~"1|2"}'] });
    expect(socket.take()).toEqual([
      { type: "hello", version: "1", intervalMs: 1000, nowMs: expect.any(Number) },
      {
        type: "series",
        id: 7,
        series: [
          { ref: 0, metric: { __name__: "a", x: "1" } },
          { ref: 1, metric: { __name__: "a", x: "2" } },
        ],
      },
      {
        type: "frame",
        atMs: expect.any(Number),
        full: true,
        values: [
          [0, 1],
          [1, 2],
        ],
      },
    ]);
    batch(2000, [1, 5, 9]);
    expect(socket.take()).toEqual([{ type: "frame", atMs: 2000, full: false, values: [[1, 5]] }]);
    batch(3000, [1, Number.POSITIVE_INFINITY, 9]);
    expect(socket.take()).toEqual([{ type: "frame", atMs: 3000, full: false, values: [[1, "+Inf"]] }]);
    batch(4000, [1, "stale", 9]);
    expect(socket.take()).toEqual([{ type: "frame", atMs: 4000, full: false, values: [[1, null]] }]);
  });

  it("sends one frame a collection, however many subscriptions a connection has", async () => {
    const { connect, batch } = setUp();
    const socket = connect();
    await socket.say({ type: "subscribe", id: 1, match: ["a"] });
    await socket.say({ type: "subscribe", id: 2, match: ["b"] });
    await socket.say({ type: "subscribe", id: 3, match: ["nothing"] });
    socket.take();
    batch(1000, [1, 2, 3]);
    const values = [
      [0, 1],
      [1, 2],
      [2, 3],
    ];
    expect(socket.take()).toEqual([{ type: "frame", atMs: 1000, full: false, values }]);
    batch(2000, [1, 2, 3]);
    expect(socket.take()).toEqual([{ type: "frame", atMs: 2000, full: false, values: [] }]);
  });

  it("takes a subscription for each of a page's charts, and refuses far more", async () => {
    const { connect } = setUp();
    const socket = connect();
    for (let id = 0; id < 513; id++) await socket.say({ type: "subscribe", id, match: ["a"] });
    const errors = socket.take().filter(({ type }) => type === "error");
    expect(errors).toEqual([expect.objectContaining({ id: 512, error: "at most 512 subscriptions a connection" })]);
  });

  it("names series that appear later", async () => {
    const { hub, connect } = setUp();
    const socket = connect();
    await socket.say({ type: "subscribe", id: 1, match: ["a"] });
    socket.take();
    hub.define({
      source: 1,
      fromSlot: 3,
      series: [Labels.from({ __name__: "a", x: "3" }), Labels.from({ __name__: "c" })],
    });
    expect(socket.take()).toEqual([{ type: "series", id: 1, series: [{ ref: 3, metric: { __name__: "a", x: "3" } }] }]);
  });

  it("says that series are gone with their source", async () => {
    const { hub, connect } = setUp();
    const socket = connect();
    await socket.say({ type: "subscribe", id: 1, match: ["a"] });
    socket.take();
    hub.undefine(1);
    hub.flush(5000);
    expect(socket.take()).toEqual([
      {
        type: "frame",
        atMs: 5000,
        full: false,
        values: [
          [0, null],
          [1, null],
        ],
      },
    ]);
  });

  it("skips a reader that is slow and tells it everything later", async () => {
    const { connect, batch } = setUp();
    const socket = connect();
    await socket.say({ type: "subscribe", id: 1, match: ["a"] });
    socket.take();
    socket.bufferedAmount = 10_000_000;
    batch(1000, [1, 2, 3]);
    batch(2000, [2, 2, 3]);
    expect(socket.take()).toEqual([]);
    socket.bufferedAmount = 0;
    batch(3000, [2, 2, 3]);
    expect(socket.take()).toEqual([
      {
        type: "frame",
        atMs: 3000,
        full: true,
        missed: true,
        values: [
          [0, 2],
          [1, 2],
        ],
      },
    ]);
  });

  it.each([
    ["nonsense", undefined],
    ['{"type":"subscribe","id":1,"match":[]}', undefined],
    ['{"type":"subscribe","id":1,"match":["a{"]}', 1],
    ['{"type":"boom"}', undefined],
  ])("answers %j with an error", async (text, id) => {
    const { connect } = setUp();
    const socket = connect();
    socket.take();
    await socket.say(text);
    const [event] = socket.take();
    expect(event).toMatchObject({ type: "error", ...(id === undefined ? {} : { id }) });
  });

  it("forgets connections and subscriptions", async () => {
    const { hub, connect, batch } = setUp();
    const socket = connect();
    await socket.say({ type: "subscribe", id: 1, match: ["a"] });
    await socket.say({ type: "unsubscribe", id: 1 });
    socket.take();
    batch(1000, [1, 2, 3]);
    expect(socket.take()).toEqual([]);
    socket.emit("close");
    expect(hub.connectionCount).toBe(0);
  });
});
