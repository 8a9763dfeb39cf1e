import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bar, sparkline } from "./bars.ts";
import { cutText, Frame, textWidth } from "./frame.ts";
import { decodeKeys } from "./keys.ts";
import { colorDepth, severity, styleSequence } from "./theme.ts";

const SEQUENCE = new RegExp(`^${String.fromCharCode(27)}\\[([0-9;?]*)([A-Za-z])`);

/** As much of a terminal as frames need: cursor addressing, clearing, colours as text. */
class FakeTerminal {
  readonly cells: string[][];
  #x = 0;
  #y = 0;
  #style = "";

  constructor(width: number, height: number) {
    this.cells = Array.from({ length: height }, () => new Array<string>(width).fill(" "));
  }

  write(text: string): void {
    for (let rest = text; rest !== ""; ) {
      const sequence = SEQUENCE.exec(rest);
      if (sequence !== null) {
        this.#control(sequence[1]!, sequence[2]!);
        rest = rest.slice(sequence[0].length);
        continue;
      }
      const char = String.fromCodePoint(rest.codePointAt(0)!);
      this.cells[this.#y]![this.#x] = char + this.#style;
      if (textWidth(char) === 2) this.cells[this.#y]![this.#x + 1] = "";
      this.#x += textWidth(char);
      rest = rest.slice(char.length);
    }
  }

  #control(parameters: string, kind: string): void {
    if (kind === "m") this.#style = parameters === "0" ? "" : `<${parameters}>`;
    if (kind === "H") [this.#y, this.#x] = parameters.split(";").map((one) => Number(one) - 1) as [number, number];
    if (kind === "J") for (const row of this.cells) row.fill(" ");
  }
}

const TEXTS = fc.record({
  x: fc.integer({ min: -3, max: 22 }),
  y: fc.integer({ min: -1, max: 6 }),
  text: fc.string({ unit: fc.constantFrom("a", "B", " ", "█", "漢", "é", "\x1b", "😀", "\u0301"), maxLength: 12 }),
  style: fc.constantFrom("text" as const, "ok" as const, "critical" as const),
});

function frameOf(texts: readonly { x: number; y: number; text: string; style: "text" | "ok" | "critical" }[]): Frame {
  const frame = new Frame(20, 5);
  for (const { x, y, text, style } of texts) frame.put(x, y, text, style);
  return frame;
}

describe("frames", () => {
  it("bring a terminal from any frame to any other", () => {
    fc.assert(
      fc.property(fc.array(TEXTS), fc.array(TEXTS), (before, after) => {
        const [one, two] = [frameOf(before), frameOf(after)];
        const stepwise = new FakeTerminal(20, 5);
        stepwise.write(one.updateFrom(undefined, 8));
        stepwise.write(two.updateFrom(one, 8));
        const atOnce = new FakeTerminal(20, 5);
        atOnce.write(two.updateFrom(undefined, 8));
        expect(stepwise.cells).toEqual(atOnce.cells);
      }),
      { numRuns: 300 },
    );
  });

  it("send nothing where nothing changed, and little where little did", () => {
    const before = frameOf([{ x: 0, y: 0, text: "hello", style: "text" }]);
    const after = frameOf([{ x: 0, y: 0, text: "hallo", style: "text" }]);
    expect(after.updateFrom(after, 8)).toBe("");
    expect(after.updateFrom(before, 0)).toBe("\x1b[1;2H\x1b[0ma\x1b[0m");
  });

  it("let no control character of others through", () => {
    const frame = frameOf([{ x: 0, y: 0, text: "a\x1b[2Jb\u202ec\n\x9b", style: "text" }]);
    expect(frame.toLines()[0]).toBe("a·[2Jb·c··");
  });

  it("cut at the edges and at wide characters", () => {
    const frame = new Frame(5, 1);
    expect(frame.put(3, 0, "漢字")).toBe(5);
    expect(frame.put(0, 0, "abcdef", "text", 2)).toBe(2);
    expect(frame.toLines()).toEqual(["ab 漢"]);
  });
});

it.each([
  ["hello", 5, "hello"],
  ["hello!", 5, "hell…"],
  ["漢字漢", 5, "漢字…"],
  ["x", 0, ""],
])("cuts %s to %d cells", (text, width, cut) => {
  expect(cutText(text, width)).toBe(cut);
});

it.each([
  ["q", ["q"]],
  ["\x1b[A\x1b[B", ["up", "down"]],
  ["\x1bOA\x1b[5~\x1b[Z", ["up", "pageup", "backtab"]],
  ["\x1b", ["escape"]],
  ["\x1b[200~ab\x1b[201~", ["a", "b"]],
  ["/ä漢\r", ["/", "ä", "漢", "enter"]],
  ["\x03\x1a\x7f \t", ["ctrl-c", "ctrl-z", "backspace", "space", "tab"]],
  ["\x1b[<0;1;1M\x00", []],
])("decodes %j", (input, keys) => {
  expect(decodeKeys(input)).toEqual(keys);
});

it.each([
  [0, 4, "", "────"],
  [0.5, 4, "██", "──"],
  [0.53, 4, "██▏", "─"],
  [1, 4, "████", ""],
  [7, 2, "██", ""],
  [Number.NaN, 2, "", "──"],
])("a bar of %d in %d cells", (ratio, width, filled, empty) => {
  expect(bar(ratio, width)).toEqual({ filled, empty });
});

it("draws sparklines with blanks where nothing is known", () => {
  expect(sparkline([Number.NaN, 0, 0.5, 1, 9], 1)).toBe(" ▁▅██");
  expect(sparkline([1], 0)).toBe("▁");
});

it.each([
  [{ TERM: "xterm-256color" }, true, true, 8],
  [{ TERM: "xterm" }, true, true, 4],
  [{ TERM: "xterm", COLORTERM: "truecolor" }, true, true, 8],
  [{ TERM: "xterm-256color", NO_COLOR: "1" }, true, true, 0],
  [{ TERM: "xterm-256color" }, false, true, 0],
  [{ TERM: "xterm-256color" }, true, false, 0],
  [{ TERM: "dumb" }, true, true, 0],
] as const)("colours for %j, terminal %s, wanted %s", (env, isTerminal, wanted, depth) => {
  expect(colorDepth(env, isTerminal, wanted)).toBe(depth);
});

it("has a colour for each severity, and none without colours", () => {
  expect([0, 0.5, 0.75, 0.9].map((ratio) => severity(ratio))).toEqual(["ok", "careful", "warning", "critical"]);
  expect(styleSequence("ok", 0)).toBe("\x1b[0m");
  expect(styleSequence("critical", 0)).toBe("\x1b[0;1m");
});
