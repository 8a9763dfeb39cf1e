/** A button that is a symbol without a frame; `aria-label` says what it does. */
import type { ComponentProps } from "react";
import classes from "./icon-button.module.css";

export interface IconButtonProps extends Omit<ComponentProps<"button">, "type"> {
  /** px */
  readonly size: number;
}

export function IconButton({ size, className, style, ...rest }: IconButtonProps) {
  const all = className === undefined ? classes.button : `${classes.button} ${className}`;
  return <button {...rest} type="button" className={all} style={{ ...style, width: size, height: size }} />;
}
