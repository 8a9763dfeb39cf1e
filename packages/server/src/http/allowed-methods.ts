/** Which methods a path has, for answers to requests with another: 405 with `Allow` (RFC 9110 sections 9.3.7 and 15.5.6). */

interface KnownRoute {
  /** `:name` stands for one segment. */
  readonly path: string;
  readonly methods: ReadonlySet<string>;
}

export class AllowedMethods {
  readonly #routes: KnownRoute[] = [];

  add(path: string, methods: readonly string[]): void {
    this.#routes.push({ path, methods: new Set(methods) });
  }

  /** @returns sorted and with OPTIONS; undefined where there is no such path */
  of(path: string): readonly string[] | undefined {
    const found = this.#routes.filter((route) => isMatch(route.path, path)).flatMap(({ methods }) => [...methods]);
    return found.length === 0 ? undefined : [...new Set([...found, "OPTIONS"])].sort();
  }
}

function isMatch(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const given = path.split("/");
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith(":") || part === given[i]);
}
