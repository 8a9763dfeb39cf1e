/**
 * One reading of a file for all collectors of a pass.
 *
 * The kernel makes `/proc/stat` anew at each read, summing the interrupts of all CPUs, which on a large machine takes longer
 * than everything else together. Two collectors live on it.
 */
import type { BatchWriter, Host, HostFile } from "../collector.ts";

interface SharedFile {
  readonly file: HostFile;
  bytes: Uint8Array;
  length: number;
  readAtMs: number;
}

const filesByHost = new WeakMap<Host, Map<string, SharedFile>>();

/**
 * A function that gives the content of a file under `/proc`, read once a pass. The bytes stay until the next pass.
 *
 * It throws {DmonError} `host_read`.
 */
export function sharedProc(host: Host, path: string): (batch: BatchWriter) => Uint8Array {
  const files = filesByHost.get(host) ?? new Map<string, SharedFile>();
  filesByHost.set(host, files);
  const shared = files.get(path) ?? {
    file: host.proc(path),
    bytes: new Uint8Array(0),
    length: 0,
    readAtMs: Number.NaN,
  };
  files.set(path, shared);
  return (batch) => {
    if (shared.readAtMs !== batch.monotonicMs) {
      const bytes = shared.file.read();
      // The host's buffer is overwritten by whoever reads next.
      if (bytes.length > shared.bytes.length) shared.bytes = new Uint8Array(bytes.length * 2);
      shared.bytes.set(bytes);
      shared.length = bytes.length;
      shared.readAtMs = batch.monotonicMs;
    }
    return shared.bytes.subarray(0, shared.length);
  };
}
