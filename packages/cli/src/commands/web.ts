/** `dmon web user`: makes an entry for the web configuration, so that nobody has to find a bcrypt tool first. */
import { DmonError } from "@dmon/model";
import type { Command } from "commander";

const BCRYPT_COST = 10;

export function registerWeb(program: Command): void {
  const web = program.command("web").description("prepares the web configuration (users, TLS)");
  web
    .command("user")
    .summary("print a user for web.yml")
    .description(
      "Reads a password and prints a web configuration with this user, its password hashed:\n" +
        "  $ dmon web user ada > web.yml\nThen set web.config_file to it. The password is read from standard input.",
    )
    .argument("<name>")
    .action(async (name: string) => {
      if (name === "" || name.includes(":"))
        throw new DmonError("bad_argument", "a user's name is not empty and has no colon");
      const password = await readPassword();
      if (password === "") throw new DmonError("bad_argument", "the password is empty");
      const { hashPassword } = await import("@dmon/server/client");
      process.stdout.write(
        `basic_auth_users:\n  ${JSON.stringify(name)}: ${JSON.stringify(await hashPassword(password, BCRYPT_COST))}\n`,
      );
    });
}

/** The first line of standard input; not echoed on a terminal. */
async function readPassword(): Promise<string> {
  const { stdin, stderr } = process;
  if (stdin.isTTY) {
    stderr.write("Password: ");
    stdin.setRawMode(true);
  }
  let text = "";
  try {
    for await (const chunk of stdin) {
      for (const char of String(chunk)) {
        if (char === "\r" || char === "\n" || char === "\x04") return text;
        if (char === "\x03") throw new DmonError("bad_argument", "interrupted");
        text = char === "\x7f" ? text.slice(0, -1) : text + char;
      }
    }
    return text;
  } finally {
    if (stdin.isTTY) {
      stdin.setRawMode(false);
      stderr.write("\n");
    }
    stdin.pause();
  }
}
