/**
 * The page's one connection to the live stream (`GET /api/v1/live`): subscriptions, current values, reconnecting.
 *
 * Subscribers hear of series and frames; each keeps what it needs. A connection that is lost is tried again after 0.5 s,
 * doubling up to 10 s, and at once when the browser says that it is online; so is one on which nothing came for 15 s, as a
 * machine that was switched off closes no connection. Subscriptions are made anew, and subscribers are told by `onGap`, so that
 * they fetch what they missed; also where the stream itself left something out. A page that is not seen for 30 s lets the
 * connection go.
 *
 * Instants are the server's: its clock and the browser's may differ by hours. Waiting is measured by `performance.now`.
 */
import type { LiveEvent, LiveRequest, LiveSeries } from "@dmon/model";
import { type BegunSocket, begunSocket } from "./begun.ts";
import { parseApiNumber } from "./client.ts";

export interface LiveSubscriber {
  onSeries(series: readonly LiveSeries[]): void;
  /** `values` holds the current value of each ref; a ref that ended is absent. */
  onFrame(atMs: number, values: ReadonlyMap<number, number>): void;
  /** Frames may have been missed. */
  onGap(): void;
}

export type LiveStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** The connection stands, but nothing has come for a while. */
  | { readonly kind: "slow"; readonly lastFrameMs: number }
  | { readonly kind: "lost"; readonly lastFrameMs: number; readonly retryAtMs: number; readonly attempt: number }
  /** Not seen: closed on purpose. */
  | { readonly kind: "asleep" };

interface Subscription {
  readonly match: readonly string[];
  readonly subscriber: LiveSubscriber;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
const SLEEP_AFTER_MS = 30_000;
const SLOW_AFTER_INTERVALS = 5;
/** So long a slow connection is waited for, and one that does not come about. */
const GIVE_UP_MS = 15_000;
/** The clocks are compared anew where a frame differs so much from what was known: one of them was set. */
const CLOCK_JUMP_MS = 5000;

export class LiveConnection {
  #socket: WebSocket | undefined;
  #status: LiveStatus = { kind: "connecting" };
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #values = new Map<number, number>();
  readonly #listeners = new Set<() => void>();
  #nextId = 1;
  #attempt = 0;
  #lastFrameMs = 0;
  #deliveredAtMs = 0;
  /** When anything last came, or the connection was begun; `performance.now`. */
  #heardAtMs = 0;
  #clockOffsetMs = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #sleepTimer: ReturnType<typeof setTimeout> | undefined;
  intervalMs = 1000;
  version: string | undefined;
  #greet: () => void = () => undefined;
  /** Resolves once the server has told its clock and interval, or cannot be reached: until then both are guesses. */
  readonly greeted = new Promise<void>((resolve) => {
    this.#greet = resolve;
  });
  readonly #url: string;
  #begun: BegunSocket | undefined;

  constructor(url: string, begun?: BegunSocket) {
    this.#url = url;
    this.#begun = begun;
  }

  start(): void {
    this.#connect();
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    window.addEventListener("online", () => this.retryNow());
    setInterval(() => this.#checkSilence(), 1000);
  }

  get status(): LiveStatus {
    return this.#status;
  }

  /** The server's clock; what the page's right edge follows. */
  get nowMs(): number {
    return Date.now() + this.#clockOffsetMs;
  }

  /** Hears of changes of `status`. */
  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  subscribe(match: readonly string[], subscriber: LiveSubscriber): () => void {
    const id = this.#nextId++;
    this.#subscriptions.set(id, { match, subscriber });
    this.#send({ type: "subscribe", id, match });
    return () => {
      this.#subscriptions.delete(id);
      this.#send({ type: "unsubscribe", id });
    };
  }

  retryNow(): void {
    if (this.#socket !== undefined && this.#socket.readyState <= WebSocket.OPEN) return;
    this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#retryTimer);
    const begun = this.#takeBegun();
    const socket = begun?.socket ?? new WebSocket(this.#url);
    this.#socket = socket;
    this.#heardAtMs = performance.now();
    socket.onopen = () => {
      for (const [id, { match }] of this.#subscriptions) this.#send({ type: "subscribe", id, match });
    };
    // Of a connection that was given up nothing is heard any more, even if it comes to life.
    socket.onmessage = (message) => {
      if (this.#socket === socket) this.#receive(JSON.parse(String(message.data)) as LiveEvent);
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#onClosed();
    };
    // Before anybody subscribes: what came is the server's greeting.
    for (const { data, timeStamp } of begun?.messages ?? []) {
      this.#receive(JSON.parse(String(data)) as LiveEvent, performance.now() - timeStamp);
    }
  }

  /** Undefined where it was taken, or has been closed meanwhile. */
  #takeBegun(): BegunSocket | undefined {
    const begun = this.#begun;
    this.#begun = undefined;
    return begun !== undefined && begun.socket.readyState <= WebSocket.OPEN ? begun : undefined;
  }

  #send(request: LiveRequest): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }

  /** @param heldMs how long ago it came */
  #receive(event: LiveEvent, heldMs = 0): void {
    this.#heardAtMs = performance.now();
    switch (event.type) {
      case "hello":
        this.#onHello(event.version, event.intervalMs, event.nowMs + heldMs);
        break;
      case "series":
        this.#subscriptions.get(event.id)?.subscriber.onSeries(event.series);
        break;
      case "frame":
        this.#onFrame(event);
        break;
      case "error":
        console.warn(`live stream: ${event.error} (${event.code})`);
    }
  }

  #onHello(version: string, intervalMs: number, nowMs: number): void {
    const again = this.#attempt > 0 || this.#lastFrameMs > 0;
    this.version = version;
    this.intervalMs = intervalMs;
    this.#clockOffsetMs = nowMs - Date.now();
    this.#attempt = 0;
    this.#values.clear();
    this.#deliveredAtMs = 0;
    this.#set({ kind: "open" });
    this.#greet();
    if (again) this.#tellGap();
  }

  #tellGap(): void {
    // A copy, because they subscribe anew.
    for (const { subscriber } of [...this.#subscriptions.values()]) subscriber.onGap();
  }

  #onFrame(frame: Extract<LiveEvent, { type: "frame" }>): void {
    for (const [ref, value] of frame.values) {
      if (value === null) this.#values.delete(ref);
      else this.#values.set(ref, typeof value === "string" ? parseApiNumber(value) : value);
    }
    this.#lastFrameMs = frame.atMs;
    this.#compareClocks(frame.atMs);
    if (this.#status.kind === "slow") this.#set({ kind: "open" });
    // A full frame catches up with what was missed; its values are older than its time says, so no rate is made of it.
    const wasSetBack = frame.atMs < this.#deliveredAtMs - CLOCK_JUMP_MS;
    if (wasSetBack) this.#deliveredAtMs = 0;
    if (wasSetBack || frame.missed === true) this.#tellGap();
    if (frame.full || frame.atMs <= this.#deliveredAtMs) return;
    this.#deliveredAtMs = frame.atMs;
    for (const { subscriber } of [...this.#subscriptions.values()]) subscriber.onFrame(frame.atMs, this.#values);
  }

  /** The frame that took least time on its way tells best how the clocks differ. */
  #compareClocks(atMs: number): void {
    const offsetMs = atMs - Date.now();
    const wasSet = Math.abs(offsetMs - this.#clockOffsetMs) > CLOCK_JUMP_MS;
    this.#clockOffsetMs = wasSet ? offsetMs : Math.max(this.#clockOffsetMs, offsetMs);
  }

  #onClosed(): void {
    this.#socket = undefined;
    this.#greet();
    if (this.#status.kind === "asleep") return;
    this.#attempt++;
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#attempt - 1), LAST_RETRY_MS) * (0.8 + Math.random() * 0.4);
    this.#retryTimer = setTimeout(() => this.#connect(), waitMs);
    this.#set({
      kind: "lost",
      lastFrameMs: this.#lastFrameMs,
      retryAtMs: Date.now() + waitMs,
      attempt: this.#attempt,
    });
  }

  #checkSilence(): void {
    if (this.#socket === undefined || this.#status.kind === "asleep") return;
    const silentMs = performance.now() - this.#heardAtMs;
    const isDue = this.#status.kind !== "open" && this.#status.kind !== "slow" ? true : this.#subscriptions.size > 0;
    if (isDue && silentMs > Math.max(GIVE_UP_MS, 3 * SLOW_AFTER_INTERVALS * this.intervalMs)) {
      this.#socket.close();
      // Not when it says that it is closed: the other side may never answer.
      this.#onClosed();
    } else if (this.#status.kind === "open" && isDue && silentMs > SLOW_AFTER_INTERVALS * this.intervalMs) {
      this.#set({ kind: "slow", lastFrameMs: this.#lastFrameMs });
    }
  }

  #onVisibility(): void {
    clearTimeout(this.#sleepTimer);
    if (document.hidden) {
      this.#sleepTimer = setTimeout(() => {
        this.#set({ kind: "asleep" });
        clearTimeout(this.#retryTimer);
        this.#socket?.close();
      }, SLEEP_AFTER_MS);
    } else if (this.#status.kind === "asleep") {
      this.#set({ kind: "connecting" });
      this.#connect();
    } else this.retryNow();
  }

  #set(status: LiveStatus): void {
    this.#status = status;
    for (const listener of this.#listeners) listener();
  }
}

/** The page's only one. */
export const live = new LiveConnection(
  typeof location === "undefined"
    ? ""
    : `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`,
  begunSocket,
);
