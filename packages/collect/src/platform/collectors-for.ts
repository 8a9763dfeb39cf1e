/** Which collectors a system has: all of them on Linux, the portable essentials elsewhere. */
import type { AnyCollectorFactory } from "../collector.ts";
import { builtinCollectors } from "../collectors/builtin.ts";
import { portableCollectors } from "./portable.ts";

export function collectorsFor(platform: NodeJS.Platform = process.platform): readonly AnyCollectorFactory[] {
  return platform === "linux" ? builtinCollectors : portableCollectors;
}
