import { describe, expect, it } from "vitest";
import { durationParam, limitParam, parseForm, parseTime, requiredTime, timeParam } from "./params.ts";

const of = (text: string) => new URLSearchParams(text);

describe("times", () => {
  it.each([
    ["1700000000", 1_700_000_000_000],
    ["1700000000.123", 1_700_000_000_123],
    ["1.7e9", 1_700_000_000_000],
    ["-1", -1000],
    ["2015-06-03T13:21:58.555Z", 1_433_337_718_555],
    ["2015-06-03T14:21:58.555+01:00", 1_433_337_718_555],
    ["2016-02-29T00:00:00Z", 1_456_704_000_000],
    // The fraction is rounded apart from the whole: 1.0005 - 1 is below half a millisecond.
    ["1.0005", 1000],
    ["-1.5", -1500],
    ["1_700_000_000", 1_700_000_000_000],
  ])("%s", (text, atMs) => {
    expect(parseTime(text)).toBe(atMs);
  });

  it.each([
    "abc",
    "",
    "2015-06-03",
    "1,5",
    "NaN",
    "+Inf",
    "1e400",
    "1__0",
    "0x10",
    "13:00",
    "2015-02-29T00:00:00Z",
    "2015-06-31T00:00:00Z",
    "2015-06-03T24:00:00Z",
    "2015-06-03T23:00:60Z",
    "2015-13-03T23:00:00Z",
  ])("%j is none", (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  it("says which parameter is wrong in Prometheus' words", () => {
    expect(() => timeParam(of("time=abc"), "time", 0)).toThrow(
      `invalid parameter "time": invalid time value for 'time': cannot parse "abc" to a valid timestamp`,
    );
    expect(() => requiredTime(of(""), "start")).toThrow(
      `invalid parameter "start": cannot parse "" to a valid timestamp`,
    );
    expect(timeParam(of(""), "time", 7)).toBe(7);
  });
});

describe("durations and limits", () => {
  it.each([
    ["15", 15_000],
    ["0.5", 500],
    ["1m30s", 90_000],
    ["0.0019", 1],
    ["-1", -1000],
  ])("%s", (text, ms) => {
    expect(durationParam(of(`step=${text}`), "step")).toBe(ms);
  });

  it("refuses in Prometheus' words", () => {
    expect(() => durationParam(of("timeout=x"), "timeout")).toThrow(
      'invalid parameter "timeout": cannot parse "x" to a valid duration',
    );
    expect(() => limitParam(of("limit=-1"))).toThrow('invalid parameter "limit": limit must be non-negative');
    expect(() => durationParam(of("step=1e20"), "step")).toThrow(
      'invalid parameter "step": cannot parse "1e20" to a valid duration. It overflows int64',
    );
    expect(() => limitParam(of("limit=99999999999999999999"))).toThrow(
      'invalid parameter "limit": strconv.Atoi: parsing "99999999999999999999": value out of range',
    );
    expect(limitParam(of("limit=3"))).toBe(3);
    expect(limitParam(of(""))).toBe(0);
  });
});

describe("forms", () => {
  it.each([
    ["a=1&b=2", { a: "1", b: "2" }],
    ["a=1;b=2&c=3", { c: "3" }],
    ["a=%zz&b=%41", { b: "A" }],
    ["a=1+1", { a: "1 1" }],
    ["a=%", {}],
  ])("%s is read as Go reads it", (text, wanted) => {
    expect(Object.fromEntries(parseForm(text))).toEqual(wanted);
  });
});
