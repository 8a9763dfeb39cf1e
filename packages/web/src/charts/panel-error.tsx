/** What stands in place of a chart that could not be had: what is wrong with its query, or what happened and the way on. */
import classes from "./panel.module.css";
import type { PanelFeed } from "./panel-feed.ts";

export function PanelError({ feed }: { readonly feed: PanelFeed }) {
  const { error, isQueryWrong } = feed.state;
  if (isQueryWrong) {
    return (
      <pre className={classes.wrong} role="alert">
        {error}
      </pre>
    );
  }
  // No alert: a server that is gone is said once, by the connection's notice, not by each of sixty charts.
  return (
    <div className={classes.message}>
      <p>{error}</p>
      <button type="button" className={classes.retry} onClick={() => feed.retry()}>
        Try again
      </button>
    </div>
  );
}
