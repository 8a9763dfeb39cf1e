export {
  type ConfigOverrides,
  defaultDataDir,
  loadConfig,
  mergeOverrides,
  overridesFromEnv,
} from "./config/index.ts";
export { SERVER_ERRORS } from "./errors.ts";
export { readToken } from "./security/token.ts";
export { type RunningServer, startServer } from "./server.ts";
export { VERSION } from "./version.ts";
