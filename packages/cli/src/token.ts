/** The token of a server on this machine: found in its data directory, or known to be there and not ours to read. */
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { DmonError } from "@dmon/model";

/** As the server names it. */
const TOKEN_FILE = "cli.token";

/** @returns the fault where a token may be in the data directory but this user must not read it */
export function tokenFault(dataDir: string): DmonError | undefined {
  const path = join(dataDir, TOKEN_FILE);
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EACCES") return undefined;
    const owner = ownerOf(path);
    const who = owner === undefined ? "its owner only" : `${owner} only`;
    return new DmonError(
      "token_unreadable",
      `this needs the server's token, but ${path} may be read by ${who}; run this as that user, or give --token or DMON_TOKEN`,
      { cause },
    );
  }
}

/** Of the file, or where its directory hides it of that directory. */
function ownerOf(path: string): string | undefined {
  for (const place of [path, dirname(path)]) {
    try {
      return userName(statSync(place).uid);
    } catch {
      // Not to be seen from here either.
    }
  }
  return undefined;
}

function userName(uid: number): string {
  try {
    const lines = readFileSync("/etc/passwd", "utf8").split("\n");
    const name = lines.map((line) => line.split(":")).find((fields) => fields[2] === String(uid))?.[0];
    return name === undefined ? `user ${uid}` : `user ${name}`;
  } catch {
    return `user ${uid}`;
  }
}
