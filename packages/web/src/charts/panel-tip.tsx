/** The bubble of a chart's explanation. */
import { Tooltip } from "@mantine/core";
import type { RefObject } from "react";

export interface PanelTipProps {
  readonly target: RefObject<HTMLElement | null>;
  readonly text: string;
  readonly isOpen: boolean;
}

export function PanelTip({ target, text, isOpen }: PanelTipProps) {
  return <Tooltip target={target} label={text} opened={isOpen} multiline w={260} withArrow />;
}
