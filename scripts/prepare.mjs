// Builds after `npm ci` in a clone, so that `npm start` runs compiled JavaScript.
// With `--omit=dev` (a container's last stage) there is no compiler, and nothing to do.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const hasCompiler = existsSync(new URL("../node_modules/typescript", import.meta.url));
if (hasCompiler && process.env.DMON_SKIP_BUILD !== "1") {
  const result = spawnSync("npm", ["run", "build"], {
    stdio: "inherit",
    shell: process.platform === "win32",
    cwd: new URL("..", import.meta.url),
  });
  process.exitCode = result.status ?? 1;
}
