/**
 * Reading small files on the thread pool: for attributes that a driver may take milliseconds to answer, or never.
 *
 * One descriptor and one buffer a read; a read that hangs holds its place in the pool and nothing else.
 */
import { close, open, read } from "node:fs";
import { asciiText, integerOf } from "./bytes.ts";

const ATTRIBUTE_BYTES = 4096;

/** The text without white space around it; undefined where the file is missing or the device refuses. Never rejects. */
export async function readTextAside(path: string): Promise<string | undefined> {
  const bytes = await readAside(path);
  return bytes === undefined ? undefined : asciiText(bytes).trim();
}

/** The integer that the file holds; undefined where there is none. Never rejects. */
export async function readIntegerAside(path: string): Promise<number | undefined> {
  const bytes = await readAside(path);
  const value = bytes === undefined ? Number.NaN : integerOf(bytes);
  return Number.isNaN(value) ? undefined : value;
}

function readAside(path: string): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    open(path, "r", (openError, descriptor) => {
      if (openError !== null) return resolve(undefined);
      const buffer = new Uint8Array(ATTRIBUTE_BYTES);
      read(descriptor, buffer, 0, ATTRIBUTE_BYTES, 0, (readError, length) => {
        close(descriptor, () => resolve(readError === null ? buffer.subarray(0, length) : undefined));
      });
    });
  });
}
