/**
 * Opening the overview: what its first screen needs is asked for before there is a page, so that answers and page are made at
 * the same time.
 */
import { live } from "../../api/live.ts";
import { hostsQuery, namesQuery, queryClient } from "../../api/queries.ts";
import { beginFeed, dropBegun } from "../../charts/begun-feeds.ts";
import type { PanelFeed } from "../../charts/panel-feed.ts";
import { compareMsOf, rangeOf, type TimeSearch } from "../../time/time-range.ts";
import { type CatalogSection, scopeOf, sectionsFor } from "./catalog.ts";
import { panelsInSight } from "./in-sight.ts";
import { TILES } from "./tile-catalog.ts";

/** So long the page waits for names, clock and interval before it is made without them, ms. */
const MAX_WAIT_MS = 1000;
/**
 * So long after that for the first charts' data, ms: usually there in 20, it saves half of the CPU until they are drawn. A reader
 * who waits longer sees the page's frame meanwhile.
 */
const MAX_DATA_WAIT_MS = 100;
/** So long what is below the first charts waits for them, ms. */
const MAX_SETTLE_MS = 1500;

export interface Opening {
  /** The page can be made. */
  readonly ready: Promise<unknown>;
  /** Resolves when the first charts are drawn, or will not be soon. */
  readonly settled: Promise<void>;
}

export function openOverview(search: TimeSearch): Opening {
  let isLate = false;
  const feeds = begin(search, () => isLate).catch((): readonly PanelFeed[] => []);
  const answers = feeds.then((begun) => Promise.all(begun.map(answered)));
  const data = feeds.then(() => Promise.race([answers, sleep(MAX_DATA_WAIT_MS)]));
  const late = sleep(MAX_WAIT_MS).then(() => {
    isLate = true;
  });
  const ready = Promise.race([data, late]);
  const drawn = Promise.all([answers, ready]).then(nextFrames);
  return { ready, settled: Promise.race([drawn, sleep(MAX_SETTLE_MS)]).then(dropBegun) };
}

/** @returns the feeds of what is in sight, asking */
async function begin(search: TimeSearch, isLate: () => boolean): Promise<readonly PanelFeed[]> {
  const [hosts, allNames] = await Promise.all([
    queryClient.fetchQuery(hostsQuery),
    queryClient.fetchQuery(namesQuery(undefined)),
    live.greeted,
  ]);
  const instance = search.host ?? hosts.instances[0];
  const isOnlyHost = hosts.instances.length === 1 && instance === hosts.instances[0];
  const names = isOnlyHost ? allNames : await queryClient.fetchQuery(namesQuery(instance));
  if (isLate()) return [];
  const view = { range: rangeOf(search), compareMs: compareMsOf(search), scope: scopeOf(instance) };
  const sections = sectionsFor(names);
  const startId = startOf(sections);
  const tiles = startId === undefined ? TILES.filter((tile) => names.has(tile.needs)) : [];
  const viewport = { width: innerWidth, height: innerHeight };
  const isWall = search.view === "wall";
  const seen = isWall ? sections.flatMap(({ panels }) => panels) : panelsInSight(sections, startId, viewport);
  const specs = [...seen, ...tiles.map((tile) => tile.panel)];
  return specs.map((spec) => beginFeed(spec, view));
}

/** The section that the page's address leads to. */
export function startOf(sections: readonly CatalogSection[]): string | undefined {
  return sections.find(({ id }) => `#${id}` === location.hash)?.id;
}

function answered(feed: PanelFeed): Promise<void> {
  return new Promise((resolve) => {
    const unlisten = feed.listenState(() => {
      if (feed.state.phase === "loading") return;
      unlisten();
      resolve();
    });
  });
}

/** Two: in the first they are drawn, in the second they are on the screen. A page that is hidden gets no frames. */
function nextFrames(): Promise<void> {
  if (document.hidden) return Promise.resolve();
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
