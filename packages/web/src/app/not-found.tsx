/** What stands at an address that is no page. */
import { Link } from "@tanstack/react-router";
import classes from "./shell.module.css";

export function NotFound() {
  return (
    <main className={classes.pageError}>
      <h1>There is no such page</h1>
      <p>
        Nothing is at <code>{location.pathname}</code>. The menu has all pages there are.
      </p>
      <Link to="/">To the overview</Link>
    </main>
  );
}
