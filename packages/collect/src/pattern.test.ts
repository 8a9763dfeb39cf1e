import { isDmonError } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { builtinCollectors } from "./collectors/builtin.ts";
import { compilePattern, nameFilter } from "./pattern.ts";

describe("compilePattern", () => {
  it.each([
    ["^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$", "nvme0n1p1", true],
    ["^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$", "nvme0n1", false],
    ["veth", "myveth0", true],
    ["(?i)^ETH[[:digit:]]+$", "eth12", true],
    ["^\\pL+$", "abc", true],
    ["(?P<kind>br)-", "br-1", true],
  ])("%s finds %s: %s", (pattern, name, found) => {
    expect(compilePattern(pattern)(name)).toBe(found);
  });

  it("refuses what RE2 does not know", () => {
    for (const pattern of ["(", "a(?=b)", "[z-a]"]) {
      try {
        compilePattern(pattern);
        expect.fail(`${pattern} was taken`);
      } catch (error) {
        expect(isDmonError(error, "bad_pattern"), String(error)).toBe(true);
      }
    }
  });

  it("compiles every default pattern", () => {
    for (const { options = {} } of builtinCollectors) {
      for (const { default: value } of Object.values(options)) {
        if (typeof value === "string" && value.startsWith("^")) expect(() => compilePattern(value)).not.toThrow();
      }
    }
  });
});

describe("nameFilter", () => {
  it("keeps what is included, or what is not excluded", () => {
    expect(nameFilter("", "")("x")).toBe(true);
    expect(nameFilter("^eth", "")("lo")).toBe(false);
    expect(nameFilter("", "^lo$")("lo")).toBe(false);
    expect(nameFilter("", "^lo$")("eth0")).toBe(true);
    expect(() => nameFilter("a", "b")).toThrow(/both given/);
  });
});
