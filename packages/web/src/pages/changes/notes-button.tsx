/** The button of the notes: how many there are in the shown time. */
import IconFlag from "virtual:icon/flag";
import type { ComponentProps } from "react";
import classes from "./notes.module.css";

export function NotesButton({ count, ...rest }: ComponentProps<"button"> & { readonly count: number }) {
  return (
    <button {...rest} type="button" className={classes.tool} aria-haspopup="dialog">
      <IconFlag size={16} stroke={1.6} />
      <span>Notes{count > 0 ? ` (${count})` : ""}</span>
    </button>
  );
}
