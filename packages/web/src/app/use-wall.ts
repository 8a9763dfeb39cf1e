/** The wall view: all of the screen for the page's charts. Kept in the address, so that a screen on a wall can be opened with it. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { usePageSearch } from "./search.ts";

export interface WallView {
  readonly isWall: boolean;
  toggle(): void;
}

export function useWallView(): WallView {
  const isWall = usePageSearch().view === "wall";
  const navigate = useNavigate();
  const toggle = useCallback(() => {
    const change = (old: object) => ({ ...old, view: isWall ? undefined : "wall" });
    void navigate({ to: ".", search: change as never, resetScroll: false });
  }, [isWall, navigate]);
  return { isWall, toggle };
}
