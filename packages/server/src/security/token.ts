/**
 * The CLI's token: a random secret in the data directory, readable by its owner only. Whoever may read the file may change
 * things; it is made once and kept.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DmonError, messageOf } from "@dmon/model";

const TOKEN_FILE = "cli.token";

/** @throws {DmonError} `data_dir_unusable` */
export function ensureToken(dataDir: string): string {
  const path = join(dataDir, TOKEN_FILE);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (existsSync(path)) {
      const token = readFileSync(path, "utf8").trim();
      chmodSync(path, 0o600);
      if (token.length >= 32) return token;
    }
    const token = randomBytes(32).toString("base64url");
    writeFileSync(path, `${token}\n`, { mode: 0o600 });
    return token;
  } catch (cause) {
    throw new DmonError("data_dir_unusable", `cannot use the data directory ${dataDir}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Undefined where there is none, or it may not be read. */
export function readToken(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, TOKEN_FILE), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Compares without telling by its time how much was right. */
export function sameSecret(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
