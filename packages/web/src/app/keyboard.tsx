/** Keys that work on every page, and the list of them (`?`). */
import { useNavigate } from "@tanstack/react-router";
import { Suspense, useEffect, useState } from "react";
import { COMPARISONS } from "../time/time-range.ts";
import { usePageTime } from "../time/use-time.ts";
import type { KeyListProps } from "./key-list.tsx";
import { part } from "./part.tsx";
import { setPreferences, useScheme } from "./preferences.ts";
import { printPage } from "./printing.ts";
import { useWallView } from "./use-wall.ts";

const KeyList = part<KeyListProps>(() => import("./key-list.tsx").then((it) => it.KeyList));

const GOTO: Readonly<Record<string, string>> = {
  o: "/",
  p: "/processes",
  c: "/containers",
  e: "/explore",
  a: "/alerts",
  d: "/dashboards",
};

/** Keys belong to fields and open menus first. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  return (
    target?.closest("input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox]") != null
  );
}

export function KeyboardHelp() {
  const [open, setOpen] = useState(false);
  const [wasOpened, setWasOpened] = useState(false);
  if (open && !wasOpened) setWasOpened(true);
  const time = usePageTime();
  const scheme = useScheme();
  const { toggle: toggleWall } = useWallView();
  const navigate = useNavigate();

  useEffect(() => {
    let afterG = false;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key === "p") {
        event.preventDefault();
        void printPage();
        return;
      }
      if (isTaken(event)) return;
      const onButton = (event.target as HTMLElement).closest("button, a, [role=button]") !== null;
      const { key } = event;
      if (afterG) {
        afterG = false;
        const to = GOTO[key];
        if (to !== undefined) void navigate({ to: to as "/", search: ((old: object) => old) as never });
        return;
      }
      if (key === "g") afterG = true;
      else if (key === "?") setOpen(true);
      else if (key === " " && !onButton) time.togglePause();
      else if (key === "ArrowLeft") time.shift(-0.5);
      else if (key === "ArrowRight") time.shift(0.5);
      else if (key === "+" || key === "=") time.scale(0.5);
      else if (key === "-") time.scale(2);
      else if (key === "Backspace") time.back();
      // Also where a chart that was zoomed by keyboard is loading anew, and has no focus to take the key.
      else if (key === "Escape" && time.isZoomed()) time.back();
      else if (key === "f") toggleWall();
      else if (key === "t") setPreferences({ scheme: scheme === "dark" ? "light" : "dark" });
      else if (key === "c") {
        const at = COMPARISONS.findIndex((one) => one.text === time.compareText);
        time.setCompare(COMPARISONS[at + 1]?.text);
      } else if (key === "/") focusSearch();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [time, scheme, toggleWall, navigate]);

  return (
    wasOpened && (
      <Suspense>
        <KeyList isOpen={open} onClose={() => setOpen(false)} />
      </Suspense>
    )
  );
}

function focusSearch(): void {
  document.querySelector<HTMLElement>("input[type=search], [data-search]")?.focus();
}
