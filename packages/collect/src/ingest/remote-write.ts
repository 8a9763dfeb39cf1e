/** Receives remote write bodies: unpacks, decodes, appends, answers. One a store, on the thread that owns the appender. */
import { type Appender, AppendOutcome, DmonError, messageOf } from "@dmon/model";
import { type WriteProtocol, writeHeaders } from "./remote-write-headers.ts";
import { appendWriteRequest } from "./remote-write-v1.ts";
import { appendWriteRequestV2, V2Cache } from "./remote-write-v2.ts";
import { SeriesCache } from "./series-cache.ts";
import { SnappyDecoder } from "./snappy.ts";
import { WriteResult } from "./write-result.ts";

export interface RemoteWriteOptions {
  /** Largest body after unpacking, bytes. */
  readonly maxBodyBytes?: number;
  /** How much each protocol may remember of its series, bytes. */
  readonly cacheBytes?: number;
  /** Monotonic, ms. */
  readonly monotonicMs?: () => number;
}

/** What to answer, once the appender has been committed. */
export interface WriteAnswer {
  readonly status: 204 | 400;
  readonly headers: Readonly<Record<string, string>>;
  /** Text of a refusal, ending in a line feed; "" with 204. */
  readonly body: string;
  readonly result: WriteResult;
}

const DEFAULT_BODY_BYTES = 64 * 1024 * 1024;
const DEFAULT_CACHE_BYTES = 128 * 1024 * 1024;
/**
 * Series are asked for anew so often: one that was silent until retention had removed all of it has no number any more, and would be
 * refused for as long as its old one was remembered.
 */
const REMEMBER_MS = 24 * 3_600_000;
/** Where samples were out of bounds, for that reason perhaps, as soon as this. */
const REMEMBER_DOUBTED_MS = 60_000;

export class RemoteWriteReceiver {
  readonly #appender: Appender;
  readonly #snappy: SnappyDecoder;
  readonly #v1: SeriesCache;
  readonly #v2: V2Cache;
  readonly #monotonicMs: () => number;
  #forgotAtMs: number;
  #isDoubted = false;

  constructor(appender: Appender, options: RemoteWriteOptions = {}) {
    this.#appender = appender;
    this.#snappy = new SnappyDecoder(options.maxBodyBytes ?? DEFAULT_BODY_BYTES);
    const cacheBytes = options.cacheBytes ?? DEFAULT_CACHE_BYTES;
    this.#v1 = new SeriesCache(cacheBytes);
    this.#v2 = new V2Cache(new SeriesCache(cacheBytes));
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.#forgotAtMs = this.#monotonicMs();
  }

  /**
   * Appends a body; the caller commits and then sends the answer. A retried request is harmless: samples that are there already
   * count as written.
   *
   * @throws whatever the appender throws where the store cannot be written: to be answered with 5xx, so that the sender retries
   */
  receive(body: Uint8Array, protocol: WriteProtocol): WriteAnswer {
    this.#forgetOld();
    let result: WriteResult;
    try {
      const message = this.#snappy.decode(body);
      result =
        protocol === "v1"
          ? appendWriteRequest(message, this.#v1, this.#appender)
          : appendWriteRequestV2(message, this.#v2, this.#appender);
    } catch (error) {
      if (!(error instanceof DmonError) || !REFUSALS.has(error.code)) throw error;
      result = new WriteResult();
      result.addError(messageOf(error));
    }
    if (result.outcomes[AppendOutcome.OUT_OF_BOUNDS]! > 0) this.#isDoubted = true;
    return {
      status: result.status,
      headers: writeHeaders(protocol, result),
      body: result.errors.length === 0 ? "" : `${result.errors.join("\n")}\n`,
      result,
    };
  }

  #forgetOld(): void {
    const age = this.#monotonicMs() - this.#forgotAtMs;
    if (age < (this.#isDoubted ? REMEMBER_DOUBTED_MS : REMEMBER_MS)) return;
    this.#forgotAtMs = this.#monotonicMs();
    this.#isDoubted = false;
    this.forgetSeries();
  }

  /** To be called when refs of the appender are no longer valid. */
  forgetSeries(): void {
    this.#v1.clear();
    this.#v2.clear();
  }
}

/** What the sender did wrong; anything else is our own trouble. */
const REFUSALS: ReadonlySet<string> = new Set(["bad_snappy", "snappy_too_large", "bad_protobuf"]);
