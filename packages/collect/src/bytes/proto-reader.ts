/**
 * Reads protobuf wire format from bytes without making objects. Every length is checked, so hostile bytes give an error.
 *
 * Source: the protobuf encoding guide. 64-bit integers become doubles: exact up to 2^53, which covers milliseconds and any count
 * that a float can hold.
 */
import { DmonError } from "@dmon/model";
import { viewOf } from "./byte-table.ts";
import { validTextOf } from "./text.ts";

/** Wire types. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

const TWO_32 = 4_294_967_296;

export class ProtoReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  /** End of the message being read. */
  end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.end = bytes.length;
  }

  get more(): boolean {
    return this.at < this.end;
  }

  /** An unsigned varint; of a negative one the value plus 2^64. */
  varint(): number {
    const { bytes, end } = this;
    let at = this.at;
    if (at < end) {
      const first = bytes[at]!;
      if (first < 0x80) {
        this.at = at + 1;
        return first;
      }
    }
    let low = 0;
    let scale = 1;
    for (let i = 0; i < 10 && at < end; i++) {
      const byte = bytes[at++]!;
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.at = at;
        return low;
      }
      scale *= 128;
    }
    throw corrupt();
  }

  /** An `int64` or `int32` varint. */
  int(): number {
    const start = this.at;
    const value = this.varint();
    if (this.at - start < 10) return value;
    // Ten bytes: negative, in two's complement; summed as a double it lost its low bits, so it is read again exactly.
    let exact = 0n;
    for (let i = start, shift = 0n; i < this.at; i++, shift += 7n) exact |= BigInt(this.bytes[i]! & 0x7f) << shift;
    return Number(BigInt.asIntN(64, exact));
  }

  /** A `sint64` or `sint32` (zigzag) varint. */
  sint(): number {
    const value = this.varint();
    const half = Math.floor(value / 2);
    return value % 2 === 1 ? -half - 1 : half;
  }

  double(): number {
    const at = this.take(8);
    return this.view.getFloat64(at, true);
  }

  /** A `fixed64` as an unsigned number. */
  fixed64(): number {
    const at = this.take(8);
    return this.view.getUint32(at + 4, true) * TWO_32 + this.view.getUint32(at, true);
  }

  /** A `fixed64` of nanoseconds, in whole ms; exact, which a double of nanoseconds since 1970 is not. */
  nanosToMs(): number {
    const at = this.take(8);
    return Number(this.view.getBigUint64(at, true) / 1_000_000n);
  }

  /** A `sfixed64`. */
  sfixed64(): number {
    const at = this.take(8);
    return this.view.getInt32(at + 4, true) * TWO_32 + this.view.getUint32(at, true);
  }

  /** Steps over a field that nobody asked for. A field cannot have the number 0: there are bytes that are no message. */
  skipField(tag: number): void {
    if (tag < 8) throw corrupt();
    this.skip(tag & 7);
  }

  /** Steps over `length` bytes. @returns where they began */
  take(length: number): number {
    const at = this.at;
    if (length > this.end - at) throw corrupt();
    this.at = at + length;
    return at;
  }

  /** Enters a length-delimited field. @returns the end of the message around it, to be given to {@link leave} */
  enter(): number {
    const length = this.varint();
    const outer = this.end;
    if (length > outer - this.at) throw corrupt();
    this.end = this.at + length;
    return outer;
  }

  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  /** @throws {DmonError} `bad_protobuf`, also where the text is not UTF-8 */
  string(): string {
    const length = this.varint();
    const at = this.take(length);
    const text = validTextOf(this.bytes, at, at + length);
    if (text === undefined) throw new DmonError("bad_protobuf", "proto: string field contains invalid UTF-8");
    return text;
  }

  /** Steps over a field's value. */
  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED64) this.take(8);
    else if (wire === BYTES) this.take(this.varint());
    else if (wire === FIXED32) this.take(4);
    else throw corrupt();
  }

  /** Appends a repeated number, packed or single, to `out`. */
  repeated(wire: number, read: () => number, out: number[]): void {
    if (wire !== BYTES) {
      out.push(read.call(this));
      return;
    }
    const outer = this.enter();
    while (this.more) out.push(read.call(this));
    this.leave(outer);
  }
}

export function corrupt(): DmonError {
  return new DmonError("bad_protobuf", "proto: cannot parse invalid wire-format data");
}
