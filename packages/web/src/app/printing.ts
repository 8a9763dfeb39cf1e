/**
 * The page on paper: light, as wide as a sheet, without controls, and with every chart drawn, also those that nobody has
 * scrolled to. While printing, `data-printing` stands on the root element, and styles go by it.
 *
 * Ctrl+P (⌘P) waits for all charts. The browser's own menu does not let a page wait: charts that have no data yet are left out.
 */
import { useSyncExternalStore } from "react";
import { flushSync } from "react-dom";

/** Gives up waiting for charts; what is there is printed. */
const MAX_WAIT_MS = 15_000;
const POLL_MS = 50;
/** A chart that is still waiting for its data has an element with this attribute. */
const LOADING = "[data-loading]";

const listeners = new Set<() => void>();
let isPrinting = false;

export function usePrinting(): boolean {
  return useSyncExternalStore(listenPrinting, () => isPrinting);
}

export function printing(): boolean {
  return isPrinting;
}

export function listenPrinting(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function setPrinting(next: boolean): void {
  if (next === isPrinting) return;
  isPrinting = next;
  document.documentElement.toggleAttribute("data-printing", next);
  for (const listener of [...listeners]) listener();
}

/** Prepares the page, waits for its charts and opens the browser's dialog. Resolves when the page is as it was. */
export async function printPage(): Promise<void> {
  setPrinting(true);
  const endMs = performance.now() + MAX_WAIT_MS;
  do await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  while (document.querySelector(LOADING) !== null && performance.now() < endMs);
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  window.print();
  setPrinting(false);
}

/** Makes the browser's own printing as good as it can be. */
export function startPrinting(): void {
  addEventListener("beforeprint", () => flushSync(() => setPrinting(true)));
  addEventListener("afterprint", () => setPrinting(false));
}
