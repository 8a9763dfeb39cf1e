import { describe, expect, it } from "vitest";
import { collectConfigSchema } from "./config.ts";

describe("collectConfigSchema", () => {
  it("needs nothing", () => {
    expect(collectConfigSchema.parse({})).toMatchObject({ interval: 1000, instance: "", collectors: {} });
  });

  it("switches collectors and fills in the defaults of their options", () => {
    const { collectors } = collectConfigSchema.parse({
      interval: "250ms",
      collectors: { diskstats: { device_exclude: "^loop" }, processes: { enabled: true } },
    });
    expect(collectors).toEqual({
      diskstats: { enabled: true, options: { deviceExclude: "^loop", deviceInclude: "" } },
      processes: { enabled: true, options: {} },
    });
  });

  it.each([
    [{ interval: "1ms" }, /at least 100ms/],
    [{ interval: "1 second" }, /not a valid duration/],
    [{ collectors: { cpuu: {} } }, /cpuu/],
    [{ collectors: { cpu: { gest: true } } }, /gest/],
    [{ collectors: { cpu: { guest: "yes" } } }, /boolean/],
    [{ collectors: { diskstats: { device_exclude: "(" } } }, /not a valid regular expression/],
  ])("refuses %j", (section, message) => {
    expect(() => collectConfigSchema.parse(section)).toThrow(message);
  });
});
