/** Watches the live stream of the program: how late its frames come. */
import type { Program } from "./program.ts";

export interface LiveWatch {
  /** Frames since this was last asked, and the longest time from a collection to its frame's arrival, ms. */
  take(): { readonly frames: number; readonly longestMs: number };
  close(): void;
}

/** @throws where the stream does not open */
export async function watchLive({ url }: Program, match: string): Promise<LiveWatch> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/live`);
  let frames = 0;
  let longestMs = 0;
  socket.addEventListener("message", ({ data }) => {
    const event = JSON.parse(String(data)) as { readonly type: string; readonly atMs: number };
    if (event.type !== "frame") return;
    frames++;
    longestMs = Math.max(longestMs, Date.now() - event.atMs);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error("the live stream does not open")), { once: true });
  });
  socket.send(JSON.stringify({ type: "subscribe", id: 1, match: [match] }));
  return {
    take() {
      const taken = { frames, longestMs };
      frames = 0;
      longestMs = 0;
      return taken;
    },
    close: () => socket.close(),
  };
}
