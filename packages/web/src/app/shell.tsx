/** The frame around all pages: navigation on the left (below, on a phone), the bar above, the page between. */
import IconActivity from "virtual:icon/activity";
import IconBell from "virtual:icon/bell";
import IconBox from "virtual:icon/box";
import IconCpu from "virtual:icon/cpu";
import IconLayoutDashboard from "virtual:icon/layout-dashboard";
import IconTerminal2 from "virtual:icon/terminal-2";
import { Link, Outlet } from "@tanstack/react-router";
import { Suspense } from "react";
import { ConnectionNotice } from "./connection-notice.tsx";
import { KeyboardHelp } from "./keyboard.tsx";
import { usePageSearch } from "./search.ts";
import classes from "./shell.module.css";

const PAGES = [
  { to: "/", label: "Overview", icon: IconActivity },
  { to: "/processes", label: "Processes", icon: IconCpu },
  { to: "/containers", label: "Containers", icon: IconBox },
  { to: "/explore", label: "Explore", icon: IconTerminal2 },
  { to: "/alerts", label: "Alerts", icon: IconBell },
  { to: "/dashboards", label: "Dashboards", icon: IconLayoutDashboard },
] as const;

export function Shell() {
  const { view } = usePageSearch();
  return (
    <div className={classes.shell} data-view={view}>
      <a className={classes.skip} href="#main">
        Skip to the content
      </a>
      <nav className={classes.rail} aria-label="Pages">
        <Link to="/" className={classes.brand} search={keepTime}>
          <img src="/favicon.svg" alt="" width={22} height={22} />
          <span>DevOps Monitor</span>
        </Link>
        <ul className={classes.pages}>
          {PAGES.map(({ to, label, icon: Icon }) => (
            <li key={to}>
              <Link
                to={to as "/"}
                search={keepTime}
                className={classes.page}
                activeProps={{ className: `${classes.page} ${classes.active}` }}
                activeOptions={{ exact: to === "/", includeSearch: false }}
              >
                <Icon size={18} stroke={1.6} />
                <span>{label}</span>
              </Link>
            </li>
          ))}
        </ul>
        <div id="page-contents" className={classes.contents} />
      </nav>
      <div className={classes.main} id="main" tabIndex={-1}>
        <Suspense fallback={<p className={classes.loading}>Loading…</p>}>
          <Outlet />
        </Suspense>
      </div>
      <ConnectionNotice />
      <KeyboardHelp />
    </div>
  );
}

/** Time, comparison and host go along from page to page; the rest of the address is a page's own. */
function keepTime({ range, from, to, compare, host }: Readonly<Record<string, unknown>>) {
  return { range, from, to, compare, host } as never;
}
