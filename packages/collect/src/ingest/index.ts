export { type RemoteWriteOptions, RemoteWriteReceiver, type WriteAnswer } from "./remote-write.ts";
export { negotiateWrite, type WriteNegotiation, type WriteProtocol } from "./remote-write-headers.ts";
export type { WriteResult } from "./write-result.ts";
