/** Queries that were run on this browser, newest first; kept in local storage where that is allowed. */

const KEY = "dmon.history";
const MAX_KEPT = 100;

export function readHistory(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

export function remember(queries: readonly string[]): void {
  const kept = [...new Set([...queries, ...readHistory()])].slice(0, MAX_KEPT);
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Not kept, then.
  }
}
