/** Links that lead to the shown time elsewhere. Pure. */

/** Grafana's placeholders for the shown time, in a link's address. */
export function timed(url: string, [fromS, toS]: readonly [number, number]): string {
  const [from, to] = [String(Math.round(fromS * 1000)), String(Math.round(toS * 1000))];
  return url
    .replaceAll(/\$\{?__url_time_range\}?/g, `from=${from}&to=${to}`)
    .replaceAll(/\$\{?__from\}?/g, from)
    .replaceAll(/\$\{?__to\}?/g, to);
}
