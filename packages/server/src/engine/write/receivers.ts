/**
 * Samples that come over HTTP: remote write and OTLP. Bodies are decoded and appended as they arrive, and answered when the
 * commit that holds them is durable: requests that arrive together share one.
 */
import { gunzipSync } from "node:zlib";
import { negotiateWrite, OtlpReceiver, otlpEncoding, RemoteWriteReceiver } from "@dmon/collect/ingest";
import { type Appender, DmonError, messageOf } from "@dmon/model";
import { type EngineReply, type EngineRequest, textReply } from "../reply.ts";

/** Largest body after unpacking, bytes. */
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;

export interface WriteReceivers {
  /** @throws whatever the appender throws where the store cannot be written */
  remoteWrite(request: EngineRequest): EngineReply;
  otlp(request: EngineRequest): EngineReply;
}

export function createWriteReceivers(appender: Appender): WriteReceivers {
  const remote = new RemoteWriteReceiver(appender, { maxBodyBytes: MAX_UNPACKED_BYTES });
  const otlp = new OtlpReceiver(appender);
  return {
    remoteWrite({ headers, body }) {
      const negotiated = negotiateWrite(headers["content-type"], headers["content-encoding"]);
      if (!negotiated.ok) return plain(negotiated.status, `${negotiated.text}\n`);
      const answer = remote.receive(body, negotiated.protocol);
      return {
        ...plain(answer.status, answer.body),
        headers: { ...plain(answer.status, answer.body).headers, ...answer.headers },
      };
    },
    otlp({ headers, body }) {
      const encoding = otlpEncoding(headers["content-type"]);
      if (encoding === undefined) {
        return plain(
          415,
          `unsupported content type: ${headers["content-type"] ?? ""}, supported: [application/json,application/x-protobuf]\n`,
        );
      }
      const answer = otlp.receive(unpack(body, headers["content-encoding"]), encoding);
      if (answer.status !== 200) return plain(answer.status, answer.body);
      const empty = encoding === "json" ? "{}" : "";
      return {
        status: 200,
        headers: { "content-type": `application/${encoding === "json" ? "json" : "x-protobuf"}` },
        body: [empty],
      };
    },
  };
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
