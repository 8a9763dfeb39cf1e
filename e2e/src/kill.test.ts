/**
 * `kill -9` at random moments: the store opens again, is not corrupt, and has lost at most the second in flight.
 *
 * `DMON_KILLS` says how often (default 12, for a hundred allow three minutes).
 */
import { expect, it } from "vitest";
import { newDataDir, queryVector, sleep, startServerProcess, until } from "./support/server-process.ts";

const kills = Number(process.env.DMON_KILLS ?? 12);
/** So many stores at once, each killed in turn: what is waited for is mostly time, not the machine. */
const LANES = 3;
const MAX_RUN_MS = 2500;
/** One collection may be under way when the signal comes; it is stamped up to a second before. */
const MAX_LOST_SECONDS = 2;

it(`survives ${kills} kills with at most the second in flight lost`, { timeout: kills * 20_000 }, async () => {
  const outcomes = await Promise.all(
    Array.from({ length: LANES }, (_, lane) => killAgainAndAgain(Math.ceil((kills - lane) / LANES))),
  );
  const kept = outcomes.map((outcome) => outcome.kept);
  const slowestReadyMs = Math.max(...outcomes.map((outcome) => outcome.slowestReadyMs));
  console.log(`kills: ${kills}, samples kept: ${kept.join(" + ")}, slowest start: ${slowestReadyMs.toFixed(0)} ms`);
});

/** Starts on one directory, waits for data, kills, `times` times. */
async function killAgainAndAgain(times: number): Promise<{ kept: number; slowestReadyMs: number }> {
  const dataDir = newDataDir();
  const seenSeconds = new Set<number>();
  let lastSeen = 0;
  let slowestReadyMs = 0;
  for (let round = 1; round <= times; round++) {
    const server = await startServerProcess({ dataDir });
    slowestReadyMs = Math.max(slowestReadyMs, server.readyMs);
    expect(server.log()).not.toMatch(/damage|corrupt|BUG/i);
    const kept = await timesOf(server.url);
    for (const second of seenSeconds)
      if (second <= lastSeen) expect(kept, `a sample that had been read, after kill ${round - 1}`).toContain(second);

    await until("a sample of this run", async () => ((await newest(server.url)) > lastSeen ? true : undefined));
    await sleep(Math.random() * MAX_RUN_MS);
    // On a machine that is held up by others there may be none for a while: nothing is lost by that.
    const seen = await until("what was collected just now", async () => {
      const times = await timesOf(server.url);
      return Date.now() / 1000 - Math.max(...times) < MAX_LOST_SECONDS ? times : undefined;
    });
    for (const second of seen) seenSeconds.add(second);
    lastSeen = Math.max(...seenSeconds);
    await server.kill();
  }
  const server = await startServerProcess({ dataDir });
  expect(server.log()).not.toMatch(/damage|corrupt|BUG/i);
  const kept = await timesOf(server.url);
  expect([...seenSeconds].filter((second) => !kept.has(second))).toEqual([]);
  expect(await server.stop()).toBe(0);
  return { kept: kept.size, slowestReadyMs };
}

async function newest(url: string): Promise<number> {
  const [sample] = await queryVector(url, "timestamp(node_load1)");
  return Number(sample?.value[1] ?? 0);
}

/** Times of all kept samples of one series, seconds. */
async function timesOf(url: string): Promise<Set<number>> {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: "node_load1[1h]" })}`);
  const { data } = (await response.json()) as { data: { result: { values: [number, string][] }[] } };
  return new Set(data.result.flatMap(({ values }) => values.map(([at]) => at)));
}
