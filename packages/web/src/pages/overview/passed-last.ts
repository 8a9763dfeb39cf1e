/** Where on the page the reader is. Pure. */

/** So far below the window's top a heading has been passed, px. */
const PASSED_PX = 200;

/**
 * The section whose heading was passed last; of two columns' beside each other the left one's.
 *
 * @param sections in the page's order, px of the window
 */
export function passedLast(sections: readonly { readonly id: string; readonly top: number }[]): string | undefined {
  const passed = sections.filter(({ top }) => top <= PASSED_PX);
  const lowest = Math.max(...passed.map(({ top }) => top));
  return passed.find(({ top }) => top === lowest)?.id;
}
