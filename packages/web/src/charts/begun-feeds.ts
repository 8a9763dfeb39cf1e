/**
 * Feeds that were begun before their charts: the first charts of a page ask for their data while the page is still being made.
 *
 * Whoever shows one takes it over by `adopt`; those that nobody took are stopped by `dropBegun`.
 */
import { isSameView, PanelFeed, type PanelView } from "./panel-feed.ts";
import type { PanelSpec } from "./panel-spec.ts";

const begun = new Map<PanelSpec, PanelFeed>();

/** Asks at once. Only for what is going to be on the screen. */
export function beginFeed(spec: PanelSpec, view: PanelView): PanelFeed {
  const feed = new PanelFeed(spec, view);
  begun.set(spec, feed);
  feed.setActive(true);
  return feed;
}

/** The feed that was begun for a chart, else a new one, which asks for nothing yet. */
export function feedOf(spec: PanelSpec, view: PanelView): PanelFeed {
  const feed = begun.get(spec);
  return feed !== undefined && isSameView(feed.view, view) ? feed : new PanelFeed(spec, view);
}

export function isBegun(feed: PanelFeed): boolean {
  return begun.get(feed.spec) === feed;
}

/** From now on its chart decides whether it works. */
export function adopt(feed: PanelFeed): void {
  if (isBegun(feed)) begun.delete(feed.spec);
}

export function dropBegun(): void {
  for (const feed of begun.values()) feed.setActive(false);
  begun.clear();
}
