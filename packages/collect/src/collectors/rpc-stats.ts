/** Reads `/proc/net/rpc/nfs` and `/proc/net/rpc/nfsd`: a keyword a line, then numbers. */

export type RpcStats = ReadonlyMap<string, readonly number[]>;

export function parseRpcStats(text: string): RpcStats {
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  return new Map(lines.map(([keyword = "", ...numbers]) => [keyword, numbers.map(Number)]));
}

/** The numbers of a line that begins with how many follow. */
export function counted(stats: RpcStats, keyword: string): readonly number[] {
  const [count = 0, ...numbers] = stats.get(keyword) ?? [];
  return numbers.slice(0, count);
}
