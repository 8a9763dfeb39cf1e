import type { LiveEvent } from "@dmon/model";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveConnection, type LiveSubscriber } from "./live.ts";

const SERVER_MS = Date.UTC(2026, 10, 28, 12);
/** The browser's clock is an hour behind the server's. */
const AHEAD_MS = 3_600_000;

class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  onopen: (() => void) | undefined;
  onclose: (() => void) | undefined;
  onmessage: ((message: { data: string }) => void) | undefined;
  readonly sent: unknown[] = [];
  constructor() {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  /** The other side never answers. */
  close(): void {
    this.readyState = 2;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
    this.say({ type: "hello", version: "1", intervalMs: 1000, nowMs: Date.now() + AHEAD_MS });
  }
  say(event: LiveEvent): void {
    this.onmessage?.({ data: JSON.stringify(event) });
  }
  frame(part: Partial<Extract<LiveEvent, { type: "frame" }>> = {}): void {
    this.say({ type: "frame", atMs: Date.now() + AHEAD_MS, full: false, values: [], ...part });
  }
}

let live: LiveConnection;
let subscriber: LiveSubscriber;
const page: { hidden: boolean; onVisibility: () => void } = { hidden: false, onVisibility: () => undefined };
const socket = () => FakeSocket.all.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers({ now: SERVER_MS - AHEAD_MS });
  FakeSocket.all = [];
  page.hidden = false;
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("window", { addEventListener: () => undefined });
  vi.stubGlobal("document", {
    get hidden() {
      return page.hidden;
    },
    addEventListener: (_: string, listener: () => void) => {
      page.onVisibility = listener;
    },
  });
  live = new LiveConnection("ws://test");
  live.start();
  subscriber = { onSeries: vi.fn(), onFrame: vi.fn(), onGap: vi.fn() };
  live.subscribe(["a"], subscriber);
  socket().open();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("a connection that was begun before", () => {
  const begun = (readyState: number) => {
    const early = new FakeSocket();
    early.readyState = readyState;
    const hello: LiveEvent = { type: "hello", version: "2", intervalMs: 5000, nowMs: Date.now() + AHEAD_MS };
    const message = { data: JSON.stringify(hello), timeStamp: performance.now() } as MessageEvent;
    return { early, socket: early as unknown as WebSocket, messages: [message] };
  };

  it("is taken over, with the clock that it told of some time ago", () => {
    const { early, ...rest } = begun(FakeSocket.OPEN);
    vi.advanceTimersByTime(300);
    const other = new LiveConnection("ws://test", rest);
    other.start();
    expect(socket()).toBe(early);
    expect(other.status).toEqual({ kind: "open" });
    expect(other.intervalMs).toBe(5000);
    expect(other.nowMs).toBe(Date.now() + AHEAD_MS);
    other.subscribe(["b"], subscriber);
    expect(early.sent).toEqual([{ type: "subscribe", id: 1, match: ["b"] }]);
  });

  it("is made anew where it was closed meanwhile", () => {
    const { early, ...rest } = begun(3);
    const other = new LiveConnection("ws://test", rest);
    other.start();
    expect(socket()).not.toBe(early);
    expect(other.status).toEqual({ kind: "connecting" });
  });

  it("is taken over once", () => {
    const { early, ...rest } = begun(FakeSocket.OPEN);
    const other = new LiveConnection("ws://test", rest);
    other.start();
    early.readyState = 3;
    early.onclose?.();
    vi.advanceTimersByTime(1000);
    expect(socket()).not.toBe(early);
  });
});

const seconds = (count: number, each: () => void = () => undefined) => {
  for (let i = 0; i < count; i++) {
    vi.advanceTimersByTime(1000);
    each();
  }
};

describe("the live connection", () => {
  it("hands each collection on at once, and none twice", () => {
    socket().frame({ values: [[3, 7]] });
    expect(subscriber.onFrame).toHaveBeenCalledExactlyOnceWith(SERVER_MS, new Map([[3, 7]]));
    socket().frame();
    expect(subscriber.onFrame).toHaveBeenCalledTimes(1);
    seconds(1, () => socket().frame({ values: [[3, null]] }));
    expect(subscriber.onFrame).toHaveBeenLastCalledWith(SERVER_MS + 1000, new Map());
  });

  it("follows the server's clock, also where the browser's is set meanwhile", () => {
    expect(live.nowMs).toBe(SERVER_MS);
    // A frame that took its time does not hold the clock back.
    socket().frame({ atMs: SERVER_MS - 800 });
    expect(live.nowMs).toBe(SERVER_MS);
    vi.setSystemTime(SERVER_MS + 86_400_000);
    socket().frame({ atMs: SERVER_MS + 1000 });
    expect(live.nowMs).toBe(SERVER_MS + 1000);
    expect(live.status.kind).toBe("open");
    seconds(3, () => socket().frame({ atMs: live.nowMs }));
    expect(live.status.kind).toBe("open");
  });

  it("goes on where the server's clock was set back, after asking for what there is", () => {
    socket().frame();
    socket().frame({ atMs: SERVER_MS - 7_200_000 });
    expect(subscriber.onGap).toHaveBeenCalledTimes(1);
    expect(subscriber.onFrame).toHaveBeenLastCalledWith(SERVER_MS - 7_200_000, expect.anything());
  });

  it("tells of a gap where the server left frames out", () => {
    socket().frame();
    socket().frame({ full: true, missed: true, atMs: SERVER_MS + 9000 });
    expect(subscriber.onGap).toHaveBeenCalledTimes(1);
    expect(subscriber.onFrame).toHaveBeenCalledTimes(1);
  });

  it("says that the server is slow, then connects anew, and hears nothing more of the old connection", () => {
    socket().frame();
    const old = socket();
    seconds(6);
    expect(live.status).toEqual({ kind: "slow", lastFrameMs: SERVER_MS });
    seconds(10);
    expect(live.status).toMatchObject({ kind: "lost", lastFrameMs: SERVER_MS });
    seconds(1);
    expect(FakeSocket.all).toHaveLength(2);
    socket().open();
    expect(live.status.kind).toBe("open");
    expect(socket().sent).toEqual([{ type: "subscribe", id: 1, match: ["a"] }]);
    expect(subscriber.onGap).toHaveBeenCalledTimes(1);
    old.frame();
    expect(subscriber.onFrame).toHaveBeenCalledTimes(1);
    old.onclose?.();
    expect(live.status.kind).toBe("open");
  });

  it("gives up a connection that does not come about, and goes on trying", () => {
    socket().onclose?.();
    seconds(60);
    expect(FakeSocket.all.length).toBeGreaterThan(3);
    expect(live.status.kind).toBe("lost");
    socket().open();
    expect(live.status.kind).toBe("open");
  });

  it("waits for a slow server that goes on in time", () => {
    socket().frame();
    seconds(8);
    expect(live.status.kind).toBe("slow");
    socket().frame();
    expect(live.status.kind).toBe("open");
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("lets go of the connection where nobody looks, and is back when somebody does", () => {
    page.hidden = true;
    page.onVisibility();
    seconds(31, () => socket().frame());
    expect(socket().readyState).toBe(2);
    socket().onclose?.();
    seconds(600);
    expect(FakeSocket.all).toHaveLength(1);
    page.hidden = false;
    page.onVisibility();
    expect(FakeSocket.all).toHaveLength(2);
    socket().open();
    expect(subscriber.onGap).toHaveBeenCalledTimes(1);
  });
});
