/** Reads what lies beside the repository in `../shared`, where it is there. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../../../shared/conformance/promql/", import.meta.url));

/** False where the shared folder is absent; tells so once, since the tests that need it are then skipped. */
export function hasShared(): boolean {
  const present = existsSync(ROOT);
  if (!present) console.warn(`skipped: there is no ${ROOT}`);
  return present;
}

export function readShared(name: string): string {
  return readFileSync(ROOT + name, "utf8");
}
