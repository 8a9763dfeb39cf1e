/** What stands in place of a page that failed: what happened, and the way on. */
import type { ErrorComponentProps } from "@tanstack/react-router";
import { messageOfError } from "../api/client.ts";
import classes from "./shell.module.css";

export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <div className={classes.pageError} role="alert">
      <h1>This page failed</h1>
      <p>{messageOfError(error)}</p>
      <button type="button" onClick={reset}>
        Try again
      </button>
    </div>
  );
}
