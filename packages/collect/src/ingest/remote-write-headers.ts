/**
 * Which remote write requests are taken, by their headers; the texts are those of Prometheus 3.5.
 *
 * Pure, so that the server only has to send what this says.
 */
export type WriteProtocol = "v1" | "v2";

export type WriteNegotiation =
  | { readonly ok: true; readonly protocol: WriteProtocol }
  | { readonly ok: false; readonly status: 415; readonly text: string };

const PROTOBUF = "application/x-protobuf";
const MESSAGES: Readonly<Record<string, WriteProtocol>> = {
  "prometheus.WriteRequest": "v1",
  "io.prometheus.write.v2.Request": "v2",
};

/**
 * @param contentType the header, undefined where absent: then 1.0 is assumed
 * @param contentEncoding the header, undefined where absent: then snappy is assumed
 */
export function negotiateWrite(contentType: string | undefined, contentEncoding: string | undefined): WriteNegotiation {
  const type = contentType?.trim() || PROTOBUF;
  const [media, ...params] = type.split(";");
  if (media !== PROTOBUF) {
    return refuse(`expected ${PROTOBUF} as the first (media) part, got ${type} content-type`);
  }
  let protocol: WriteProtocol = "v1";
  for (const param of params) {
    const pair = param.split("=");
    if (pair.length !== 2) {
      return refuse(
        `as per https://www.rfc-editor.org/rfc/rfc9110#parameter expected parameters to be key-values, got ${param} in ${type} content-type`,
      );
    }
    if (pair[0]!.trim() !== "proto") continue;
    const known = MESSAGES[pair[1]!.trim()];
    if (known === undefined) {
      return refuse(
        `got ${type} content type; unknown remote write protobuf message ${pair[1]}, supported: ${Object.keys(MESSAGES).join(", ")}`,
      );
    }
    protocol = known;
    break;
  }
  const encoding = contentEncoding ?? "";
  if (encoding !== "" && encoding.toLowerCase() !== "snappy") {
    return refuse(`${encoding} encoding (compression) is not accepted by this server; only snappy is acceptable`);
  }
  return { ok: true, protocol };
}

function refuse(text: string): WriteNegotiation {
  return { ok: false, status: 415, text };
}

/** Headers of the answer: 2.0 senders learn what was written. */
export function writeHeaders(
  protocol: WriteProtocol,
  written: { readonly samples: number; readonly histograms: number; readonly exemplars: number },
): Readonly<Record<string, string>> {
  if (protocol === "v1") return {};
  return {
    "X-Prometheus-Remote-Write-Samples-Written": String(written.samples),
    "X-Prometheus-Remote-Write-Histograms-Written": String(written.histograms),
    "X-Prometheus-Remote-Write-Exemplars-Written": String(written.exemplars),
  };
}
