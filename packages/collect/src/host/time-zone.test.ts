import { describe, expect, it } from "vitest";
import { parseZone } from "./time-zone.ts";

/** A version 2 file with an empty first block and the given transitions, types and names in the second. */
function zone(times: readonly number[], indices: readonly number[], types: readonly [number, number][], names: string) {
  const header = (timeCount: number, typeCount: number, charCount: number) => {
    const bytes = new Uint8Array(44);
    bytes.set(new TextEncoder().encode("TZif2"));
    const view = new DataView(bytes.buffer);
    view.setUint32(32, timeCount);
    view.setUint32(36, typeCount);
    view.setUint32(40, charCount);
    return bytes;
  };
  const body = new Uint8Array(times.length * 9 + types.length * 6 + names.length);
  const view = new DataView(body.buffer);
  times.forEach((time, i) => {
    view.setBigInt64(i * 8, BigInt(time));
    body[times.length * 8 + i] = indices[i]!;
  });
  types.forEach(([offset, name], i) => {
    view.setInt32(times.length * 9 + i * 6, offset);
    body[times.length * 9 + i * 6 + 5] = name;
  });
  body.set(new TextEncoder().encode(names), times.length * 9 + types.length * 6);
  return new Uint8Array([...header(0, 0, 0), ...header(times.length, types.length, names.length), ...body]);
}

describe("parseZone", () => {
  const berlin = zone(
    [1000, 2000],
    [1, 0],
    [
      [3600, 0],
      [7200, 4],
    ],
    "CET\0CEST\0",
  );

  it.each([
    [500, "CET", 3600],
    [1000, "CEST", 7200],
    [1999, "CEST", 7200],
    [2000, "CET", 3600],
    [99_999, "CET", 3600],
  ])("at %d s", (at, name, offsetSeconds) => {
    expect(parseZone(berlin, at)).toEqual({ name, offsetSeconds });
  });

  it("takes what is no zone file for UTC", () => {
    expect(parseZone(new Uint8Array(44), 0)).toEqual({ name: "UTC", offsetSeconds: 0 });
  });
});
