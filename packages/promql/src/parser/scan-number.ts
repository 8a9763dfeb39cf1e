/** How far a number or a duration reaches in a text. */

interface Scan {
  readonly valid: boolean;
  /** How far was read, also where it is not valid. */
  readonly end: number;
}

/** Decimal and hexadecimal numbers, with underscores and exponents. */
export function scanNumber(input: string, start: number): Scan {
  let at = start;
  let hex = false;
  const take = (chars: string): boolean => {
    const char = input[at];
    if (char === undefined || !chars.includes(char)) return false;
    at++;
    return true;
  };
  if (take("0") && take("xX")) {
    take("_");
    hex = true;
  }
  const digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
  take(".");
  take(digits);
  let dot = false;
  let exponent = false;
  for (;;) {
    const char = input[at];
    if (char === undefined || !`${digits}._eE`.includes(char)) break;
    if (char === "." && dot) return { valid: false, end: at + 1 };
    if ((char === "e" || char === "E") && exponent) return { valid: false, end: at + 1 };
    if (take(".")) {
      dot = true;
      if (take("_.") || hex) return { valid: false, end: at };
    } else if (take("eE")) {
      exponent = true;
      take("+-");
      if (take("._eE") || at >= input.length) return { valid: false, end: at };
    } else if (take("_")) {
      if (take("._eE") || at >= input.length) return { valid: false, end: at };
    } else while (take(digits));
  }
  if (at === start) return { valid: false, end: at };
  return { valid: !isAlphanumeric(input[at] ?? ""), end: at };
}

/** The rest of a duration whose first number ends at `from`. */
export function scanDurationRest(input: string, from: number): Scan {
  let at = from;
  const take = (chars: string): boolean => {
    const char = input[at];
    if (char === undefined || !chars.includes(char)) return false;
    at++;
    return true;
  };
  if (!take("smhdwy")) return { valid: false, end: at };
  take("s");
  while (take("0123456789")) {
    while (take("0123456789"));
    if (!take("smhdw")) return { valid: false, end: at };
    take("s");
  }
  if (isAlphanumeric(input[at] ?? "")) return { valid: false, end: at + 1 };
  return { valid: true, end: at };
}

function isAlphanumeric(char: string): boolean {
  return /^[a-zA-Z0-9_]$/.test(char);
}
