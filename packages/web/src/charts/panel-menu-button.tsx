/** The button of a chart's menu, and what the menu is told. */
import IconDots from "virtual:icon/dots";
import type { ComponentProps } from "react";
import { IconButton } from "../app/icon-button.tsx";
import type { Line } from "./lines.ts";
import type { PanelFeed } from "./panel-feed.ts";

export interface PanelMenuProps {
  readonly feed: PanelFeed;
  readonly lines: readonly Line[];
  /** Whether its picture has the lines' names below it; default true. */
  readonly withLegend?: boolean;
}

interface PanelMenuButtonProps extends ComponentProps<"button"> {
  /** The chart's. */
  readonly title: string;
}

export function PanelMenuButton({ title, ...rest }: PanelMenuButtonProps) {
  return (
    <IconButton {...rest} size={24} aria-label={`More about ${title}`} data-print="no">
      <IconDots size={16} />
    </IconButton>
  );
}
