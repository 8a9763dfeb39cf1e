/** What stands in place of a page that failed: what happened, and the way on. */
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { messageOfError } from "../api/client.ts";
import { checkBuild, PartError, reloadOnce } from "./page-build.ts";
import classes from "./shell.module.css";

export function PageError({ error, reset }: ErrorComponentProps) {
  return error instanceof PartError ? <PartFailed error={error} /> : <PageFailed error={error} onRetry={reset} />;
}

function PageFailed({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  return (
    <div className={classes.pageError} role="alert">
      <h1>This page failed</h1>
      <p>{messageOfError(error)}</p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

const RETRY_MS = 2000;

/**
 * A part that the server no longer has is had by loading the page anew, at its address. Nothing is lost by it: what was
 * unsaved on the page before was asked about when it was left. Where the server does not answer, the page waits until it does.
 */
function PartFailed({ error }: { readonly error: PartError }) {
  const [isStuck, setIsStuck] = useState(error.isOutdated === false);
  useEffect(() => {
    if (error.isOutdated === true) return setIsStuck(!reloadOnce());
    if (error.isOutdated === false) return;
    const timer = setInterval(() => {
      void checkBuild().then((known) => known !== undefined && location.reload());
    }, RETRY_MS);
    return () => clearInterval(timer);
  }, [error]);
  return (
    <div className={classes.pageError} role="alert">
      <h1>This page could not be loaded</h1>
      <p>
        {error.message} {isStuck ? "" : error.isOutdated ? "Loading it anew…" : "It is loaded as soon as it does."}
      </p>
      {isStuck && (
        <button type="button" onClick={() => location.reload()}>
          Load it anew
        </button>
      )}
    </div>
  );
}
