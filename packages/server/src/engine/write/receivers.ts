/**
 * Samples that come over HTTP: remote write and OTLP. Bodies are decoded and appended as they arrive, and answered when the
 * commit that holds them is durable: requests that arrive together share one.
 */
import { gunzipSync } from "node:zlib";
import {
  JsonLinesImporter,
  negotiateWrite,
  OpenMetricsImporter,
  type OtlpOptions,
  OtlpReceiver,
  otlpEncoding,
  RemoteWriteReceiver,
} from "@dmon/collect/ingest";
import { DmonError, isDmonError, messageOf } from "@dmon/model";
import type { Store } from "@dmon/tsdb";
import { type EngineReply, type EngineRequest, jsonReply, textReply } from "../reply.ts";

/** Largest body after unpacking, bytes: reading one holds the engine up. That of remote write is Prometheus' own. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
const MAX_REMOTE_WRITE_BYTES = 32 * 1024 * 1024;

export interface WriteReceivers {
  configure(options: OtlpOptions): void;
  /**
   * Appends what a request brings; its answer is to be sent after the next commit.
   *
   * @throws whatever the appender throws where the store cannot be written
   */
  receive(request: EngineRequest): EngineReply;
}

export function createWriteReceivers(store: Store, options: OtlpOptions): WriteReceivers {
  const remote = new RemoteWriteReceiver(store, { maxBodyBytes: MAX_REMOTE_WRITE_BYTES });
  const otlp = new OtlpReceiver(store, options);
  return {
    configure: (next) => otlp.configure(next),
    receive(request) {
      switch (request.path) {
        case "/api/v1/write":
          return receiveRemoteWrite(remote, request);
        case "/api/v1/import":
          return receiveImport(store, request);
        default:
          return receiveOtlp(otlp, request);
      }
    },
  };
}

function receiveRemoteWrite(remote: RemoteWriteReceiver, { headers, body }: EngineRequest): EngineReply {
  const negotiated = negotiateWrite(headers["content-type"], headers["content-encoding"]);
  if (!negotiated.ok) return plain(negotiated.status, `${negotiated.text}\n`);
  const answer = remote.receive(body, negotiated.protocol);
  const reply = plain(answer.status, answer.body);
  return { ...reply, headers: { ...reply.headers, ...answer.headers } };
}

function receiveOtlp(otlp: OtlpReceiver, { headers, body }: EngineRequest): EngineReply {
  const encoding = otlpEncoding(headers["content-type"]);
  if (encoding === undefined) {
    const given = headers["content-type"] ?? "";
    return plain(415, `unsupported content type: ${given}, supported: [application/json,application/x-protobuf]\n`);
  }
  const answer = otlp.receive(unpack(body, headers["content-encoding"]), encoding);
  if (answer.status !== 200) return plain(answer.status, String(answer.body));
  const type = encoding === "json" ? "application/json" : "application/x-protobuf";
  return { status: 200, headers: { "content-type": type }, body: [answer.body] };
}

/** One piece of a file of old samples: whole lines, each understandable without the pieces before. */
function receiveImport(store: Store, { params, headers, body }: EngineRequest): EngineReply {
  const format = params.get("format") ?? "openmetrics";
  if (format !== "openmetrics" && format !== "jsonl") {
    throw new DmonError("bad_parameter", 'invalid parameter "format": expected openmetrics or jsonl');
  }
  const importer = format === "jsonl" ? new JsonLinesImporter(store) : new OpenMetricsImporter(store);
  try {
    const lines = unpack(body, headers["content-encoding"]);
    store.backfill(() => {
      importer.push(lines);
      importer.finish();
    });
  } catch (error) {
    if (!isDmonError(error, "bad_import") && !isDmonError(error, "bad_exposition")) throw error;
    throw new DmonError("bad_parameter", error.message, { cause: error });
  }
  const { samples, exemplars, outcomes, errors } = importer.result;
  return jsonReply(200, { status: "success", data: { samples, exemplars, outcomes: [...outcomes], errors } });
}

function plain(status: number, text: string): EngineReply {
  if (status === 204) return { status, headers: {}, body: [] };
  const { headers, body } = textReply(status, text);
  return { status, headers: { ...headers, "x-content-type-options": "nosniff" }, body };
}

/** @throws {DmonError} `bad_parameter` */
function unpack(body: Uint8Array, encoding = ""): Uint8Array {
  if (encoding === "" || encoding === "identity") return body;
  if (encoding !== "gzip")
    throw new DmonError("bad_parameter", `content encoding ${encoding} is not accepted; only gzip is`);
  try {
    return gunzipSync(body, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (cause) {
    throw new DmonError("bad_parameter", `the body is not valid gzip: ${messageOf(cause)}`, { cause });
  }
}
