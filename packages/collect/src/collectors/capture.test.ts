/**
 * The capture of a node_exporter 1.11 on a small virtual machine: no series of it may be missing over the fixture of a machine
 * like that, but for those that name what differs from machine to machine.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collectTree, everything } from "../testing/collect-tree.ts";
import { asRead, readFamilies } from "../testing/exposition-text.ts";
import { unpackTree } from "../testing/tree.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const CAPTURE = join(ROOT, "../shared/conformance/exposition/node_exporter-1.11.1-live.txt");
const present = existsSync(CAPTURE);
if (!present) console.log(`comparison with the captured node_exporter skipped: ${CAPTURE} is not there`);

/** Its own affairs; what the running machine is asked for; labels that tell one machine from another. */
const NOT_COMPARED =
  /^(go_|process_|promhttp_|node_scrape_collector_|node_exporter_build_info|node_timex_|node_uname_info|node_network_info|node_time_zone)/;

describe.skipIf(!present)("a captured node_exporter", () => {
  it("says nothing that we do not say", async () => {
    using tree = unpackTree(join(ROOT, "packages/collect/fixtures/virtual-machine.tree"));
    const { families } = await collectTree(tree, everything());
    const ours = asRead(families);
    const missing: string[] = [];
    for (const [name, { type, help, samples }] of readFamilies(readFileSync(CAPTURE, "utf8"))) {
      if (NOT_COMPARED.test(name)) continue;
      const own = ours.get(name);
      if (own?.type !== type || own.help !== help) missing.push(`${name}: ${own?.type} ${own?.help}`);
      for (const series of samples.keys()) if (own?.samples.has(series) !== true) missing.push(series);
    }
    expect(missing).toEqual([]);
  });
});
