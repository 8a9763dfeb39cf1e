/** The page's address as typed values. */
import { useSearch } from "@tanstack/react-router";
import { readTimeSearch, type TimeSearch } from "../time/time-range.ts";

export function usePageSearch(): TimeSearch {
  return readTimeSearch(useSearch({ strict: false }) as Readonly<Record<string, unknown>>);
}
