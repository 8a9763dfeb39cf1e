import { afterEach, describe, expect, it, vi } from "vitest";
import { ask } from "./batch.ts";

afterEach(() => vi.unstubAllGlobals());

/** Answers each query of a batch by its own text, as a vector's label. */
function stubServer(): { readonly batches: readonly string[][]; readonly signals: AbortSignal[] } {
  const batches: string[][] = [];
  const signals: AbortSignal[] = [];
  vi.stubGlobal("fetch", async (_url: string, { body, signal }: { body: string; signal: AbortSignal }) => {
    const { queries } = JSON.parse(body) as { queries: { query: string }[] };
    batches.push(queries.map(({ query }) => query));
    signals.push(signal);
    const answers = queries.map(({ query }) => ({
      status: "success",
      data: { resultType: "string", result: [0, query] },
    }));
    return { ok: true, status: 200, json: async () => ({ status: "success", data: answers }) };
  });
  return { batches, signals };
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `q${i}`);

describe("questions of one moment", () => {
  it("go out together, the first few of many for themselves", async () => {
    const server = stubServer();
    const answers = await Promise.all(names(50).map((query) => ask({ query })));
    expect(answers.map((answer) => answer.result)).toEqual(names(50).map((query) => [0, query]));
    expect(server.batches.map((batch) => batch.length)).toEqual([6, 32, 12]);
    await Promise.all(names(8).map((query) => ask({ query })));
    expect(server.batches.at(-1)).toHaveLength(8);
  });

  it("leave no listeners behind on the signals that they were asked with", async () => {
    const server = stubServer();
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    await Promise.all(names(3).map((query) => ask({ query }, signal)));
    await new Promise((resolve) => setTimeout(resolve));
    expect(added).toHaveBeenCalledTimes(3);
    const listeners = (calls: readonly (readonly unknown[])[]) => calls.map(([, listener]) => listener);
    expect(listeners(removed.mock.calls)).toEqual(listeners(added.mock.calls));
    expect(server.signals[0]!.aborted).toBe(false);
  });

  it("are given up when all of them are", async () => {
    const controllers = [new AbortController(), new AbortController()];
    let sent: AbortSignal | undefined;
    vi.stubGlobal("fetch", (_url: string, { signal }: { signal: AbortSignal }) => {
      sent = signal;
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const asked = controllers.map(({ signal }, i) => ask({ query: `q${i}` }, signal).catch(() => "given up"));
    await new Promise((resolve) => setTimeout(resolve, 5));
    controllers[0]!.abort();
    expect(sent?.aborted).toBe(false);
    controllers[1]!.abort();
    expect(sent?.aborted).toBe(true);
    expect(await Promise.all(asked)).toEqual(["given up", "given up"]);
  });
});
