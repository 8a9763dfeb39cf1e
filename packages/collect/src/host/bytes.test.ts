import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteScanner, bytesEqual, decimalField, decimalOf, integerOf } from "./bytes.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("ByteScanner.number", () => {
  it.each([
    ["0", 0],
    ["42\n", 42],
    ["  7 8", 7],
    ["-273150", -273_150],
    ["+5", 5],
    ["0.21", 0.21],
    ["81.85", 81.85],
    ["9007199254740993", 9_007_199_254_740_992],
    ["18446744073709551615", 2 ** 64],
    ["12kB", 12],
    ["", Number.NaN],
    ["x", Number.NaN],
    ["-", Number.NaN],
  ])("reads %j", (text, value) => {
    expect(decimalOf(bytes(text))).toBe(value);
  });

  it("agrees with Number on any integer of 64 bits and any decimal", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        expect(decimalOf(bytes(`${value}`))).toBe(Number(value));
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 999_999 }), (whole, part) => {
        const text = `${whole}.${String(part).padStart(6, "0")}`;
        expect(decimalOf(bytes(text))).toBe(Number(text));
      }),
    );
  });
});

describe("ByteScanner", () => {
  it("goes through fields and lines", () => {
    const scanner = new ByteScanner().over(bytes("a  bb\tc\n\nd: 5 kB\n"));
    expect(scanner.field()).toBe(true);
    scanner.skipFields(1);
    expect(scanner.field()).toBe(true);
    expect(scanner.fieldText()).toBe("c");
    expect(scanner.field()).toBe(false);
    scanner.nextLine();
    expect(scanner.field()).toBe(false);
    scanner.nextLine();
    expect(scanner.skipPast(58)).toBe(true);
    expect(scanner.number()).toBe(5);
    expect(scanner.skipPast(58)).toBe(false);
    scanner.nextLine();
    expect(scanner.atEnd).toBe(true);
  });

  it("reads hexadecimal numbers", () => {
    const scanner = new ByteScanner().over(bytes("0000FFff deadBEEF zz"));
    expect(scanner.hex()).toBe(0xffff);
    expect(scanner.hex()).toBe(0xdeadbeef);
    expect(scanner.hex()).toBeNaN();
  });
});

describe("single values", () => {
  it("picks a field", () => {
    expect(decimalField(bytes("0.21 0.37 0.39 1/719 19737\n"), 2)).toBe(0.39);
    expect(decimalField(bytes("1 2"), 5)).toBeNaN();
  });

  it("knows the prefix of hexadecimal numbers", () => {
    expect(integerOf(bytes("0x1003\n"))).toBe(4099);
    expect(integerOf(bytes("-1\n"))).toBe(-1);
    expect(integerOf(bytes("\n"))).toBeNaN();
  });

  it("compares in place", () => {
    expect(bytesEqual(bytes("xcpu0"), 1, 4, bytes("cpu"))).toBe(true);
    expect(bytesEqual(bytes("xcpu0"), 1, 5, bytes("cpu"))).toBe(false);
  });
});
