/** The server's clock, for ages: the browser's may be hours off, and what is aged carries the server's instants. */
import { useEffect, useState } from "react";
import { live } from "../api/live.ts";

/**
 * @param everyMs how often what is shown grows older
 * @returns ms; anew as well where the live stream has just told the server's time
 */
export function useNowMs(everyMs = 10_000): number {
  const [nowMs, setNowMs] = useState(() => live.nowMs);
  useEffect(() => {
    const look = () => setNowMs(live.nowMs);
    look();
    const timer = setInterval(look, everyMs);
    const unlisten = live.listen(look);
    return () => {
      clearInterval(timer);
      unlisten();
    };
  }, [everyMs]);
  return nowMs;
}
