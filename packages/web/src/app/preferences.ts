/** What a reader chose on this browser: colour scheme and time zone. Kept in local storage where that is allowed. */
import { useSyncExternalStore } from "react";
import type { Scheme } from "../charts/palette.ts";
import { listenPrinting, printing } from "./printing.ts";

export interface Preferences {
  readonly scheme: Scheme | "auto";
  readonly utc: boolean;
}

const listeners = new Set<() => void>();
let current: Preferences = { scheme: readScheme(), utc: read("dmon.utc") === "1" };

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function readScheme(): Preferences["scheme"] {
  const stored = read("dmon.scheme");
  return stored === "light" || stored === "dark" ? stored : "auto";
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem("dmon.scheme", current.scheme);
    localStorage.setItem("dmon.utc", current.utc ? "1" : "0");
  } catch {
    // Not kept, then.
  }
  applyScheme();
  for (const listener of listeners) listener();
}

let systemQuery: MediaQueryList | undefined;

function systemScheme(): MediaQueryList {
  systemQuery ??= matchMedia("(prefers-color-scheme: dark)");
  return systemQuery;
}

/** Paper is white. */
function schemeOf(choice: Preferences["scheme"]): Scheme {
  if (printing()) return "light";
  if (choice !== "auto") return choice;
  return systemScheme().matches ? "dark" : "light";
}

function applyScheme(): void {
  document.documentElement.dataset.mantineColorScheme = schemeOf(current.scheme);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  const system = systemScheme();
  const onSystem = () => {
    applyScheme();
    listener();
  };
  system.addEventListener("change", onSystem);
  const unlisten = listenPrinting(onSystem);
  return () => {
    listeners.delete(listener);
    unlisten();
    system.removeEventListener("change", onSystem);
  };
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => current);
}

/** The scheme in force: `auto` follows the system. */
export function useScheme(): Scheme {
  return useSyncExternalStore(subscribe, () => schemeOf(current.scheme));
}
