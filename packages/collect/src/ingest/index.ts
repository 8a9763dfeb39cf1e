export { type Importer, JsonLinesImporter, OpenMetricsImporter } from "./import.ts";
export { type OtlpAnswer, type OtlpEncoding, type OtlpOptions, OtlpReceiver, otlpEncoding } from "./otlp.ts";
export {
  decodeReadRequest,
  READ_CHUNKS_HEADERS,
  READ_SAMPLES_HEADERS,
  ReadChunksAnswer,
  type ReadQuery,
  type ReadRequest,
  ReadSamplesAnswer,
} from "./remote-read.ts";
export { type RemoteWriteOptions, RemoteWriteReceiver, type WriteAnswer } from "./remote-write.ts";
export { negotiateWrite, type WriteNegotiation, type WriteProtocol } from "./remote-write-headers.ts";
export type { WriteResult } from "./write-result.ts";
