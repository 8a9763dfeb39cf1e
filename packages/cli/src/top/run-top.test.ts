import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const ENTER = "\x1b[?1049h";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const COMMAND = join(import.meta.dirname, "../commands/top.ts");
const SCRIPT = `
  const { Command } = await import("commander");
  const { registerTop } = await import(${JSON.stringify(COMMAND)});
  const program = new Command("dmon");
  registerTop(program);
  await program.parseAsync(["node", "dmon", "top", "--interval", "250ms", ...process.argv.slice(1)]);
`;

/** script(1) of util-linux gives a program a terminal. */
const TERMINAL_TOOL = "script";
const hasScript = spawnSync(TERMINAL_TOOL, ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
if (!hasScript) console.warn("script(1) of util-linux is missing: dmon top in a terminal is not tested");

interface Ended {
  readonly output: string;
  readonly code: number | null;
}

/** Runs `dmon top` in a terminal and, once it has drawn the processes, does `act`. */
function runInTerminal(
  args: string,
  act: (session: { type(keys: string): void; pid: number }) => void,
): Promise<Ended> {
  const node = `exec ${process.execPath} --conditions=@dmon/source --input-type=module -e '${SCRIPT}' -- ${args}`;
  const child = spawn(TERMINAL_TOOL, ["-qec", `echo PID=$$; stty rows 24 cols 80; ${node}`, "/dev/null"], {
    cwd: import.meta.dirname,
    env: { ...process.env, TERM: "xterm-256color", NO_COLOR: "" },
  });
  let output = "";
  let acted = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (acted || !output.includes("COMMAND")) return;
    acted = true;
    act({ type: (keys) => child.stdin.write(keys), pid: Number(/PID=(\d+)/.exec(output)![1]) });
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ output, code })));
}

it.skipIf(!hasScript)("gives the terminal back when one quits", { timeout: 30_000 }, async () => {
  const { output, code } = await runInTerminal("--filter zzz", ({ type }) => type("q"));
  expect(output).toContain(ENTER);
  expect(output).toContain("filter: zzz");
  expect(output.trimEnd().endsWith(LEAVE)).toBe(true);
  expect(code).toBe(0);
});

it.skipIf(!hasScript)("gives the terminal back when it is ended", { timeout: 30_000 }, async () => {
  const { output, code } = await runInTerminal("--no-color", ({ pid }) => process.kill(pid, "SIGTERM"));
  expect(output).not.toContain("38;5");
  expect(output.trimEnd().endsWith(LEAVE)).toBe(true);
  expect(code).toBe(143);
});
