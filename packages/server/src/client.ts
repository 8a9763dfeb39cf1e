/** What a command that talks to a server needs of this package, without loading the server. */
export { defaultDataDir } from "./config/data-dir.ts";
export { hashPassword } from "./security/hash.ts";
export { readToken } from "./security/token.ts";
