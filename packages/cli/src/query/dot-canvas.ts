/**
 * A drawing area of terminal cells, each finer than a character where Braille patterns (U+2800 …) are used: 2 dots wide, 4 high.
 * The last that draws into a cell owns its colour.
 */

/** Bit of a dot in its cell, by row and column. */
const BRAILLE_BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

export class DotCanvas {
  /** Size in dots. */
  readonly width: number;
  readonly height: number;
  readonly #columns: number;
  readonly #perX: number;
  readonly #perY: number;
  readonly #bits: Uint8Array;
  /** 1 + number of who drew last; 0: empty. */
  readonly #owner: Uint8Array;

  /** @param fine false: one dot a cell, for terminals and logs where owners are told apart by their character */
  constructor(columns: number, rows: number, fine: boolean) {
    this.#columns = columns;
    this.#perX = fine ? 2 : 1;
    this.#perY = fine ? 4 : 1;
    this.width = columns * this.#perX;
    this.height = rows * this.#perY;
    this.#bits = new Uint8Array(columns * rows);
    this.#owner = new Uint8Array(columns * rows);
  }

  dot(x: number, y: number, owner: number): void {
    if (x < 0 || x >= this.width || y < 0 || y >= this.height) return;
    const cell = Math.floor(y / this.#perY) * this.#columns + Math.floor(x / this.#perX);
    this.#bits[cell]! |= BRAILLE_BITS[y % this.#perY]![x % this.#perX]!;
    this.#owner[cell] = owner + 1;
  }

  /** Both ends included. Source: J. E. Bresenham, 1965. */
  line(fromX: number, fromY: number, toX: number, toY: number, owner: number): void {
    const dx = Math.abs(toX - fromX);
    const dy = -Math.abs(toY - fromY);
    const stepX = fromX < toX ? 1 : -1;
    const stepY = fromY < toY ? 1 : -1;
    let [x, y, error] = [fromX, fromY, dx + dy];
    for (;;) {
      this.dot(x, y, owner);
      if (x === toX && y === toY) return;
      const twice = 2 * error;
      if (twice >= dy) {
        error += dy;
        x += stepX;
      }
      if (twice <= dx) {
        error += dx;
        y += stepY;
      }
    }
  }

  /** @returns the cells of a row: who owns each (undefined where empty) and its Braille character */
  row(index: number): { readonly owner: number | undefined; readonly braille: string }[] {
    return Array.from({ length: this.#columns }, (_, column) => {
      const cell = index * this.#columns + column;
      const owner = this.#owner[cell]! - 1;
      return {
        owner: owner < 0 ? undefined : owner,
        braille: String.fromCharCode(0x2800 + this.#bits[cell]!),
      };
    });
  }
}
