/**
 * Whether the page has shown what it was opened for. Until then only what is in sight is made; what can come a moment later
 * (what is below, menus, explanations) waits for it, and comes in small pieces while the browser has nothing else to do.
 */
import { createContext, type ReactNode, startTransition, useContext, useEffect, useState } from "react";
import { loadPartsAhead } from "./part.tsx";

const SettledContext = createContext(false);

export interface SettledProviderProps {
  /** Resolves when the first charts are drawn, or will not be soon. */
  readonly when: Promise<void>;
  readonly children: ReactNode;
}

export function SettledProvider({ when, children }: SettledProviderProps) {
  const [isSettled, setIsSettled] = useState(false);
  useEffect(() => {
    void when.then(() => {
      startTransition(() => setIsSettled(true));
      whenIdle(() => void loadPartsAhead());
    });
  }, [when]);
  return <SettledContext value={isSettled}>{children}</SettledContext>;
}

export function useSettled(): boolean {
  return useContext(SettledContext);
}

/** So long at most a browser that is never idle lets a piece wait, ms. */
const MAX_WAIT_MS = 200;

/** @returns takes it back */
export function whenIdle(job: () => void): () => void {
  // Safari has it since 2025 only.
  if (typeof requestIdleCallback === "undefined") {
    const timer = setTimeout(job, MAX_WAIT_MS / 4);
    return () => clearTimeout(timer);
  }
  const id = requestIdleCallback(job, { timeout: MAX_WAIT_MS });
  return () => cancelIdleCallback(id);
}
