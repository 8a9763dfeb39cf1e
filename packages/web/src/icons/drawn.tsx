/** An icon as a component: lines on a grid of 24 × 24, in the colour of the text around it. */
import type { FunctionComponent } from "react";

export interface IconProps {
  /** CSS px. */
  readonly size: number;
  /** Width of the lines on the grid of 24. */
  readonly stroke?: number;
  readonly className?: string | undefined;
  /** What it says to those who do not see it; without one it is decoration. */
  readonly label?: string;
}

export type Icon = FunctionComponent<IconProps>;

/** @param paths as of SVG's `d` */
export function drawn(paths: readonly string[]): Icon {
  return ({ size, stroke = 2, className, label }) => (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has a label or is hidden
    <svg
      xmlns="http://www.w3.org/2000/svg"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={stroke}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={className}
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      {paths.map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  );
}
