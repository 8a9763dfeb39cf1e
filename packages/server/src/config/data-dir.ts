/** Where data goes when nobody said: the platform's usual place for a program's state. */
import { homedir } from "node:os";
import { join } from "node:path";

export function defaultDataDir(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "dmon");
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "dmon");
  if (process.getuid?.() === 0) return "/var/lib/dmon";
  return join(env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "dmon");
}
