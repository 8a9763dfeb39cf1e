/**
 * Captures this machine as a fixture: runs all collectors and writes what they read, in the format of `tree.ts`, to standard
 * output. Look through it for serial numbers and names before it is committed.
 *
 *     node --conditions=@dmon/source packages/collect/src/testing/capture-tree.ts "What machine it is" > fixtures/it.tree
 */
import { readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { systemClock } from "@dmon/model";
import type { Host, HostFile } from "../collector.ts";
import { builtinCollectors } from "../collectors/builtin.ts";
import { type OpenHost, openHost } from "../host/host.ts";
import { createHostCollection } from "../host-collection.ts";

class RecordingHost implements Host {
  readonly #inner: OpenHost;
  readonly #files = new Map<string, string>();
  readonly #links = new Map<string, string>();
  readonly #places = new Set<string>();

  constructor(inner: OpenHost) {
    this.#inner = inner;
  }

  proc(path: string): HostFile {
    return this.file(this.procPath(path));
  }

  sys(path: string): HostFile {
    return this.file(this.sysPath(path));
  }

  procNet(path: string): HostFile {
    return this.file(`${this.procNetPath()}/${path}`);
  }

  file(path: string): HostFile {
    this.#record(path);
    return this.#inner.file(path);
  }

  readOnce(path: string): Uint8Array | undefined {
    this.#record(path);
    return this.#inner.readOnce(path);
  }

  readAside(path: string): Promise<Uint8Array | undefined> {
    this.#record(path);
    return this.#inner.readAside(path);
  }

  list(path: string): readonly string[] {
    const names = this.#inner.list(path);
    for (const name of names) this.#places.add(`${path}/${name}`);
    return names;
  }

  exists(path: string): boolean {
    if (this.#inner.exists(path)) this.#places.add(path);
    return this.#inner.exists(path);
  }

  linkTarget(path: string): string | undefined {
    const target = this.#inner.linkTarget(path);
    if (target !== undefined) this.#links.set(path, target);
    return target;
  }

  realPath(path: string): string | undefined {
    const real = this.#inner.realPath(path);
    if (real !== undefined) this.#links.set(path, relative(dirname(path), real));
    return real;
  }

  procPath(path?: string): string {
    return this.#inner.procPath(path);
  }

  sysPath(path?: string): string {
    return this.#inner.sysPath(path);
  }

  rootPath(path: string): string {
    return this.#inner.rootPath(path);
  }

  procNetPath(): string {
    return this.#inner.procNetPath();
  }

  /** Entries in order of their paths. */
  toString(): string {
    const all = [...new Set([...this.#places, ...this.#links.keys(), ...this.#files.keys()])].sort();
    return all
      .filter((path) => !all.some((other) => other.startsWith(`${path}/`)))
      .map((path) => {
        const content = this.#files.get(path);
        const target = this.#links.get(path);
        if (target !== undefined) return `--- ${inTree(path)} -> ${target}\n`;
        return content === undefined ? `--- ${inTree(path)}/\n` : `--- ${inTree(path)}\n${content}`;
      })
      .join("");
  }

  #record(path: string): void {
    if (this.#files.has(path)) return;
    try {
      const text = readFileSync(path, "utf8");
      this.#files.set(path, text === "" || text.endsWith("\n") ? text : `${text}\n`);
    } catch {
      // What cannot be read is missing from the fixture too.
    }
  }
}

function inTree(path: string): string {
  return path.startsWith("/proc/") || path.startsWith("/sys/") ? path.slice(1) : `root${path}`;
}

const host = openHost();
const recording = new RecordingHost(host);
const collectors = Object.fromEntries(builtinCollectors.map(({ name }) => [name, { enabled: true }]));
const collection = createHostCollection({
  host: recording,
  factories: builtinCollectors,
  collectors,
  instance: "capture",
  sink: { define() {}, undefine() {}, appendBatch() {}, setMetadata() {} },
  clock: systemClock,
  log: console as never,
});
collection.collect(Date.now());
await collection.settled();
process.stdout.write(`${process.argv[2] ?? "A machine."}\n${recording}`);
collection.close(Date.now());
host.close();
