/**
 * Files that a driver may take long to answer, or never: read on the thread pool, through descriptors that stay open.
 *
 * A turn of the pool costs 20 µs of this thread, a reading here 1.3, and a server's sensors and adapters have hundreds of such
 * files, nearly all of which answer at once. So the first file of a folder is read on the pool; when it answered at once, the
 * device behind the folder is awake, and those of its files that always did so lately are read here right after it. A device
 * that hangs is met on the pool; one that turns slow goes back to it.
 */
import { close, open, read, readSync } from "node:fs";
import { dirname } from "node:path";

/** The kernel gives no attribute of `/sys` more than a page. */
const ATTRIBUTE_BYTES = 4096;
const MAX_DESCRIPTORS = 512;
/** What takes longer did not answer at once. */
const QUICK_MS = 1;
/** So many quick answers in a row on the pool come before a reading here… */
const PROVEN_READINGS = 3;
/** …and after so many of those it has to prove itself anew. */
const TRUSTED_READINGS = 60;
/** A reading here that was not quick bars the file for so many readings. */
const BARRED_READINGS = 500;
/** How long the answer of a folder's first file holds for the others: a refresh reads them one right after another. */
const AWAKE_MS = 20;

interface AsideFile {
  readonly path: string;
  readonly folder: string;
  /** -1 while not open. */
  descriptor: number;
  /** Quick answers in a row on the pool; below 0 while barred. */
  quickReadings: number;
  /** Readings here since then. */
  directReadings: number;
}

export class AsideFiles {
  readonly #files = new Map<string, AsideFile>();
  /** By folder: until when, by `performance.now()`, its device counts as awake. */
  readonly #awakeUntilMs = new Map<string, number>();
  readonly #buffer = new Uint8Array(ATTRIBUTE_BYTES);
  #open = 0;
  #closed = false;

  /**
   * @param touchesDevice false for a label and the like, whose answer says nothing of the device's
   * @returns bytes of its own; undefined where the file is missing or may not be read
   */
  read(path: string, touchesDevice: boolean): Promise<Uint8Array | undefined> {
    const file = this.#files.get(path) ?? this.#meet(path);
    if (file.quickReadings >= PROVEN_READINGS && file.descriptor >= 0) {
      const nowMs = performance.now();
      if (nowMs < (this.#awakeUntilMs.get(file.folder) ?? 0)) return Promise.resolve(this.#readHere(file, nowMs));
    }
    return new Promise((resolve) => this.#readOnPool(file, touchesDevice, resolve));
  }

  close(): void {
    // A descriptor that is being read is closed when the read ends.
    this.#closed = true;
    for (const file of this.#files.values()) if (file.descriptor >= 0) this.#readOnPool(file, false, () => {});
  }

  #meet(path: string): AsideFile {
    const file = { path, folder: dirname(path), descriptor: -1, quickReadings: 0, directReadings: 0 };
    this.#files.set(path, file);
    return file;
  }

  #readHere(file: AsideFile, startedMs: number): Uint8Array | undefined {
    let bytes: Uint8Array | undefined;
    try {
      bytes = this.#buffer.slice(0, readSync(file.descriptor, this.#buffer, 0, ATTRIBUTE_BYTES, 0));
    } catch {
      this.#shut(file);
      file.quickReadings = 0;
    }
    if (performance.now() - startedMs > QUICK_MS) {
      file.quickReadings = -BARRED_READINGS;
      this.#awakeUntilMs.delete(file.folder);
    } else if (++file.directReadings >= TRUSTED_READINGS) {
      file.quickReadings = file.directReadings = 0;
    }
    return bytes;
  }

  #readOnPool(file: AsideFile, touchesDevice: boolean, resolve: (bytes: Uint8Array | undefined) => void): void {
    if (file.descriptor >= 0) {
      this.#readDescriptor(file, touchesDevice, resolve);
      return;
    }
    open(file.path, "r", (error, descriptor) => {
      if (error !== null) {
        this.#files.delete(file.path);
        return resolve(undefined);
      }
      file.descriptor = descriptor;
      this.#open++;
      this.#readDescriptor(file, touchesDevice, resolve);
    });
  }

  /** Keeps the descriptor while it answers and there is room for it. */
  #readDescriptor(file: AsideFile, touchesDevice: boolean, resolve: (bytes: Uint8Array | undefined) => void): void {
    const bytes = new Uint8Array(ATTRIBUTE_BYTES);
    const startedMs = performance.now();
    read(file.descriptor, bytes, 0, bytes.length, 0, (error, length) => {
      const endedMs = performance.now();
      const isQuick = error === null && endedMs - startedMs <= QUICK_MS;
      if (file.quickReadings < 0 || isQuick) file.quickReadings++;
      else file.quickReadings = 0;
      if (isQuick && touchesDevice) this.#awakeUntilMs.set(file.folder, endedMs + AWAKE_MS);
      if (error !== null || this.#closed || this.#open > MAX_DESCRIPTORS) this.#shut(file);
      resolve(error === null ? bytes.subarray(0, length) : undefined);
    });
  }

  #shut(file: AsideFile): void {
    if (file.descriptor < 0) return;
    close(file.descriptor, () => {});
    file.descriptor = -1;
    this.#open--;
  }
}
