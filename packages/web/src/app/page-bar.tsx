/** The bar above a page: its title, what the page adds, and the controls of time and appearance. */
import IconMaximize from "virtual:icon/maximize";
import IconMinimize from "virtual:icon/minimize";
import IconMoon from "virtual:icon/moon";
import IconSun from "virtual:icon/sun";
import type { ReactNode } from "react";
import { TimeControls } from "../time/time-controls.tsx";
import { IconButton } from "./icon-button.tsx";
import classes from "./page-bar.module.css";
import { setPreferences, useScheme } from "./preferences.ts";
import { PrintedHead } from "./printed-head.tsx";
import { useWallView } from "./use-wall.ts";

export interface PageBarProps {
  readonly title: string;
  /** Beside the title. */
  readonly children?: ReactNode;
  readonly withTime?: boolean;
}

export function PageBar({ title, children, withTime = true }: PageBarProps) {
  const scheme = useScheme();
  const { isWall, toggle } = useWallView();
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <header className={classes.bar}>
      <PrintedHead withTime={withTime} />
      <h1 className={classes.title}>{title}</h1>
      <div className={classes.middle}>{children}</div>
      {withTime && <TimeControls />}
      <IconButton
        size={32}
        aria-label="Wall view"
        aria-pressed={isWall}
        title={isWall ? "Leave the wall view (f)" : "Wall view: all of the screen for the charts (f)"}
        onClick={toggle}
        className={classes.wall}
      >
        {isWall ? <IconMinimize size={17} stroke={1.6} /> : <IconMaximize size={17} stroke={1.6} />}
      </IconButton>
      <IconButton
        size={32}
        aria-label={`Switch to the ${other} theme`}
        onClick={() => setPreferences({ scheme: other })}
        className={classes.theme}
      >
        {scheme === "dark" ? <IconSun size={17} stroke={1.6} /> : <IconMoon size={17} stroke={1.6} />}
      </IconButton>
    </header>
  );
}
