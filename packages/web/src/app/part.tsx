/**
 * Parts of the page's script that are not needed for its first charts: menus, dialogs, explanations. Each is loaded ahead once
 * the page has settled, or when it is first shown, whichever is earlier.
 */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { loadPart } from "./page-build.ts";

const loaders: (() => Promise<unknown>)[] = [];

/** To be shown below a `Suspense`, which stands in until it is loaded. */
export function part<P>(load: () => Promise<ComponentType<P>>): LazyExoticComponent<ComponentType<P>> {
  loaders.push(load);
  return lazy(async () => ({ default: await loadPart(load) }));
}

/** One that cannot be loaded is tried again when it is shown, and says then what is wrong. */
export async function loadPartsAhead(): Promise<void> {
  for (const load of loaders) await load().catch(() => undefined);
}
