/**
 * Files of `name value` lines of which few are wanted, such as `/proc/vmstat`: 7 of 190.
 *
 * Names keep their order while the kernel runs and values seldom get a digit more, so a line is nearly always where it was at
 * the last reading. It is looked for there, known again by its name, and the lines between are not looked at.
 */
import type { BatchWriter, Slot } from "../collector.ts";
import { ByteScanner, bytesEqual } from "./bytes.ts";

export const NOT_WANTED = -1;
const NEWLINE = 10;
const TAB = 9;
const SPACE = 32;
/** Bytes by which the lines before the last wanted one may have grown since the last reading. */
const ROOM_BYTES = 64;

interface Wanted {
  readonly key: Uint8Array;
  readonly slot: Slot;
  /** Of the first byte of its line. */
  at: number;
  value: number;
}

export class WantedLines {
  readonly #slotOf: (name: string) => Slot;
  readonly #scanner = new ByteScanner();
  #wanted: readonly Wanted[] | undefined;
  #neededBytes: number | undefined;
  /** How often in a row a reading gave the values of the one before. */
  unchangedReadings = 0;

  /** @param slotOf asked once for each name; {@link NOT_WANTED} leaves the line out */
  constructor(slotOf: (name: string) => Slot) {
    this.#slotOf = slotOf;
  }

  /** So many bytes of the file hold all that is wanted, most likely; undefined where that is not known yet. */
  get neededBytes(): number | undefined {
    return this.#neededBytes;
  }

  /**
   * Takes the values out of the file's content, or of its first bytes.
   *
   * @returns false where something is missing: then give the whole content to {@link learn}
   */
  take(bytes: Uint8Array): boolean {
    if (this.#wanted === undefined) return false;
    const scanner = this.#scanner.over(bytes);
    let shift = 0;
    let changed = false;
    for (const wanted of this.#wanted) {
      let at = wanted.at + shift;
      if (!startsAt(bytes, at, wanted.key)) {
        // From behind the last line found.
        scanner.nextLine();
        at = this.#find(wanted.key);
        if (at < 0) return false;
        shift = at - wanted.at;
      }
      wanted.at = at;
      scanner.pos = at + wanted.key.length;
      const value = scanner.number();
      // A number at the very end may have been cut.
      if (scanner.pos >= bytes.length) return false;
      if (value !== wanted.value) {
        changed = true;
        wanted.value = value;
      }
    }
    this.unchangedReadings = changed ? 0 : this.unchangedReadings + 1;
    this.#neededBytes = scanner.pos + ROOM_BYTES;
    return true;
  }

  /** Finds out which lines there are, and takes their values. */
  learn(bytes: Uint8Array): void {
    const scanner = this.#scanner.over(bytes);
    const wanted: Wanted[] = [];
    for (; !scanner.atEnd; scanner.nextLine()) {
      if (!scanner.field()) continue;
      const { fieldStart, fieldEnd } = scanner;
      const slot = this.#slotOf(scanner.fieldText());
      if (slot === NOT_WANTED) continue;
      wanted.push({ key: bytes.slice(fieldStart, fieldEnd), slot, at: fieldStart, value: scanner.number() });
    }
    this.#wanted = wanted;
    this.#neededBytes = undefined;
    this.unchangedReadings = 0;
  }

  /** Writes what was taken last. */
  write(batch: BatchWriter): void {
    for (const { slot, value } of this.#wanted ?? []) batch.set(slot, value);
  }

  /** Looks for a line from the scanner's position on, which is the start of a line. */
  #find(key: Uint8Array): number {
    const scanner = this.#scanner;
    for (; !scanner.atEnd; scanner.nextLine()) if (startsAt(scanner.bytes, scanner.pos, key)) return scanner.pos;
    return -1;
  }
}

function startsAt(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  if (at > 0 && bytes[at - 1] !== NEWLINE) return false;
  const after = bytes[at + key.length];
  return (after === SPACE || after === TAB) && bytesEqual(bytes, at, at + key.length, key);
}
