/**
 * Sends samples as a Prometheus server would: remote write 1.0, protobuf in a snappy block, 2,000 samples a request, four
 * shards of series so that each series stays in order.
 * Source: prometheus/prometheus prompb/remote.proto, the remote write 1.0 specification.
 */
import { Agent, request } from "node:http";
import { snappyCompress } from "./snappy.ts";

/** Label pairs in order of their names, `__name__` among them. */
export type SeriesLabels = readonly (readonly [name: string, value: string])[];

const SAMPLES_PER_REQUEST = 2000;
const SHARDS = 4;

export class RemoteWriteSender {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  /** Each series' labels, encoded once: fields `1` of a TimeSeries. */
  readonly #labels: readonly Uint8Array[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SHARDS });

  /** @param headers added to each request: credentials */
  constructor(url: string, headers: Readonly<Record<string, string>>, series: readonly SeriesLabels[]) {
    this.#url = url;
    this.#headers = headers;
    this.#labels = series.map(encodeLabels);
  }

  /**
   * Sends one sample of every series.
   *
   * @throws where the receiver answers anything but 2xx
   */
  async round(atMs: number, sampleOf: (series: number) => number): Promise<void> {
    const shard = Math.ceil(this.#labels.length / SHARDS);
    const starts = Array.from({ length: SHARDS }, (_, i) => i * shard);
    await Promise.all(
      starts.map((from) => this.#shard(from, Math.min(from + shard, this.#labels.length), atMs, sampleOf)),
    );
  }

  close(): void {
    this.#agent.destroy();
  }

  async #shard(from: number, to: number, atMs: number, sampleOf: (series: number) => number): Promise<void> {
    for (let at = from; at < to; at += SAMPLES_PER_REQUEST) {
      const body = encodeRequest(this.#labels, at, Math.min(at + SAMPLES_PER_REQUEST, to), atMs, sampleOf);
      await this.#post(snappyCompress(body));
    }
  }

  #post(body: Uint8Array): Promise<void> {
    const headers = {
      ...this.#headers,
      "Content-Type": "application/x-protobuf",
      "Content-Encoding": "snappy",
      "X-Prometheus-Remote-Write-Version": "0.1.0",
      "Content-Length": body.length,
    };
    return new Promise((resolve, reject) => {
      const sent = request(this.#url, { method: "POST", agent: this.#agent, headers }, (response) => {
        let answer = "";
        response.on("data", (chunk) => {
          answer += chunk;
        });
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve();
          else reject(new Error(`${this.#url} answered ${status}: ${answer}`));
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

const TEXT = new TextEncoder();

function encodeLabels(labels: SeriesLabels): Uint8Array {
  const out: number[] = [];
  for (const [name, value] of labels) {
    const [nameBytes, valueBytes] = [TEXT.encode(name), TEXT.encode(value)];
    const label = [0x0a, ...varint(nameBytes.length), ...nameBytes, 0x12, ...varint(valueBytes.length), ...valueBytes];
    out.push(0x0a, ...varint(label.length), ...label);
  }
  return Uint8Array.from(out);
}

/** A WriteRequest with one sample of each series in `[from, to)`. */
function encodeRequest(
  labels: readonly Uint8Array[],
  from: number,
  to: number,
  atMs: number,
  sampleOf: (series: number) => number,
): Uint8Array {
  const time = varint(atMs);
  // A Sample: field 1 a double, field 2 the time.
  const sampleLength = 1 + 8 + 1 + time.length;
  const heads: number[][] = [];
  let total = 0;
  for (let series = from; series < to; series++) {
    const length = labels[series]!.length + 2 + sampleLength;
    const head = [0x0a, ...varint(length)];
    heads.push(head);
    total += head.length + length;
  }
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (let series = from; series < to; series++) {
    bytes.set(heads[series - from]!, at);
    at += heads[series - from]!.length;
    bytes.set(labels[series]!, at);
    at += labels[series]!.length;
    bytes[at++] = 0x12;
    bytes[at++] = sampleLength;
    bytes[at++] = 0x09;
    view.setFloat64(at, sampleOf(series), true);
    at += 8;
    bytes[at++] = 0x10;
    bytes.set(time, at);
    at += time.length;
  }
  return bytes;
}

/** @param value a whole number up to 2^53 */
function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
  out.push(rest);
  return out;
}
