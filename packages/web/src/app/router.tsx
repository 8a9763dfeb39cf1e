/** Pages and their addresses. All but the overview are loaded when first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { readExploreSearch } from "../pages/explore/explore-search.ts";
import { Overview } from "../pages/overview/overview.tsx";
import { readTimeSearch } from "../time/time-range.ts";
import { NotFound } from "./not-found.tsx";
import { loadPart } from "./page-build.ts";
import { PageError } from "./page-error.tsx";
import { Shell } from "./shell.tsx";

const root = createRootRoute({
  component: Shell,
  validateSearch: readTimeSearch,
  errorComponent: PageError,
  notFoundComponent: NotFound,
});

const overview = createRoute({ getParentRoute: () => root, path: "/", component: Overview });

const processes = createRoute({
  getParentRoute: () => root,
  path: "/processes",
  component: lazyRouteComponent(() => loadPart(() => import("../pages/processes/processes.tsx")), "Processes"),
});
const containers = createRoute({
  getParentRoute: () => root,
  path: "/containers",
  component: lazyRouteComponent(() => loadPart(() => import("../pages/containers/containers.tsx")), "Containers"),
});

const explore = createRoute({
  getParentRoute: () => root,
  path: "/explore",
  validateSearch: readExploreSearch,
  component: lazyRouteComponent(() => loadPart(() => import("../pages/explore/explore.tsx")), "Explore"),
});

const dashboards = createRoute({
  getParentRoute: () => root,
  path: "/dashboards",
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/dashboards/dashboard-list.tsx")),
    "DashboardList",
  ),
});
const dashboard = createRoute({
  getParentRoute: () => root,
  path: "/dashboards/$id",
  // What is chosen for its variables (`var-…`) stays in the address as it is.
  validateSearch: (raw: Record<string, unknown>) => raw,
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/dashboards/dashboard-page.tsx")),
    "DashboardPage",
  ),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: "/alerts",
  component: lazyRouteComponent(() => loadPart(() => import("../pages/alerts/alerts.tsx")), "Alerts"),
});

const routeTree = root.addChildren([overview, processes, containers, explore, dashboards, dashboard, alerts]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultErrorComponent: PageError,
  scrollRestoration: false,
});
