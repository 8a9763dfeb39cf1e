/** Asks two servers the same, and says where the answers differ. */

export interface Ask {
  readonly path: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

/** @returns one text for each answer that differs, with both from a little before where they part */
export async function differences(expected: string, actual: string, asks: readonly Ask[]): Promise<string[]> {
  const found: (string | undefined)[] = [];
  for (let from = 0; from < asks.length; from += AT_ONCE) {
    found.push(
      ...(await Promise.all(asks.slice(from, from + AT_ONCE).map((ask) => difference(expected, actual, ask)))),
    );
  }
  return found.filter((text) => text !== undefined);
}

const AT_ONCE = 8;

async function difference(expected: string, actual: string, ask: Ask): Promise<string | undefined> {
  const [a, b] = await Promise.all([answer(expected, ask), answer(actual, ask)]);
  if (a.status === b.status && a.type === b.type && a.body === b.body) return undefined;
  const from = Math.max(0, partAt(a.body, b.body) - 60);
  const show = ({ status, type, body }: Answer): string => `${status} ${type} ${body.slice(from, from + 200)}`;
  return `${ask.method ?? "GET"} ${ask.path} ${ask.body ?? ""}\n  expected ${show(a)}\n  actual   ${show(b)}`;
}

function partAt(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

async function answer(url: string, { path, method = "GET", body, headers = {} }: Ask): Promise<Answer> {
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  const type = response.headers.get("content-type");
  return { status: response.status, type, body: type === "application/json" ? canonical(text) : text };
}

/** JSON with sorted keys. Vectors and lists of series have no order of their own; our error codes are an addition. */
function canonical(text: string): string {
  const { code: _ours, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(sorted(rest));
}

export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    const isSet = items.every((item) => typeof item === "object" && item !== null && !Array.isArray(item));
    return isSet ? items.map((item) => JSON.stringify(item)).sort() : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !VOLATILE.has(key))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** What no two servers say alike: times, costs, places. */
const VOLATILE = new Set([
  "evaluationTime",
  "lastEvaluation",
  "lastScrape",
  "lastScrapeDuration",
  "activeAt",
  "timings",
  "peakSamples",
  "seriesCount",
  "groupNextToken",
]);

/** Asks until there is nothing to say, ten seconds at most: what two servers do on their own comes at different moments. */
export async function settled(ask: () => Promise<string[]>): Promise<string[]> {
  for (let i = 0; ; i++) {
    const lines = await ask();
    if (lines.length === 0 || i === 50) return lines;
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** A text for each key under which two maps hold different texts. @param note what more is to be said of a key */
export function apart(
  theirs: ReadonlyMap<string, string>,
  ours: ReadonlyMap<string, string>,
  note: (key: string) => string = () => "",
): string[] {
  return [...new Set([...theirs.keys(), ...ours.keys()])]
    .filter((key) => theirs.get(key) !== ours.get(key))
    .map((key) => `${key}\n  theirs ${theirs.get(key)}\n  ours   ${ours.get(key)}${note(key)}`);
}
