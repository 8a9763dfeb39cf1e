/** What a terminal sends for keys, as names. Source: ECMA-48 and xterm's control sequences. */

const SEQUENCES: Readonly<Record<string, string>> = {
  "\x1b[A": "up",
  "\x1b[B": "down",
  "\x1b[C": "right",
  "\x1b[D": "left",
  "\x1bOA": "up",
  "\x1bOB": "down",
  "\x1bOC": "right",
  "\x1bOD": "left",
  "\x1b[5~": "pageup",
  "\x1b[6~": "pagedown",
  "\x1b[H": "home",
  "\x1b[F": "end",
  "\x1bOH": "home",
  "\x1bOF": "end",
  "\x1b[1~": "home",
  "\x1b[4~": "end",
  "\x1b[3~": "delete",
  "\x1b[Z": "backtab",
  "\x1bOP": "f1",
  "\x1b[11~": "f1",
};

const SINGLE: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x03": "ctrl-c",
  "\x0c": "ctrl-l",
  "\x15": "ctrl-u",
  "\x1a": "ctrl-z",
  " ": "space",
};

const ESCAPE = "\x1b";
/** What follows the escape. */
const SEQUENCE = /^(?:\[[0-?]*[ -/]*[@-~]|O[A-Za-z])/;

/**
 * The keys in a piece of input: names as above, `escape`, or the character itself. Sequences that mean nothing here are left
 * out. An escape that ends the piece is the key of that name: terminals send their sequences in one go.
 */
export function decodeKeys(input: string): string[] {
  const keys: string[] = [];
  for (let rest = input; rest !== ""; ) {
    const sequence = rest.startsWith(ESCAPE) ? SEQUENCE.exec(rest.slice(1))?.[0] : undefined;
    if (sequence !== undefined) {
      const name = SEQUENCES[ESCAPE + sequence];
      if (name !== undefined) keys.push(name);
      rest = rest.slice(1 + sequence.length);
      continue;
    }
    const char = String.fromCodePoint(rest.codePointAt(0)!);
    rest = rest.slice(char.length);
    if (char === ESCAPE) keys.push("escape");
    else if (SINGLE[char] !== undefined) keys.push(SINGLE[char]);
    else if (char >= " ") keys.push(char);
  }
  return keys;
}
