/** Codes that this package throws; `docs/errors.md` is kept equal to them by a test. */
export const SERVER_ERRORS = {
  config_not_found:
    "The configuration file given by --config or DMON_CONFIG does not exist or cannot be read. Check the path and its permissions.",
  config_syntax: "The configuration file is not valid YAML. The message names line and column.",
  config_invalid:
    "A setting has a wrong type or value, or a key is unknown. The message names file, line and the nearest known key.",
  listen_address: "The listen address is not HOST:PORT, or nothing can be bound to it. Use for example 127.0.0.1:3666.",
  listen_in_use: "Another program listens on this address. Stop it, or choose another with --listen.",
  listen_needs_credentials:
    "Listening beyond loopback needs credentials: give a web configuration with basic_auth_users (web.config_file), or listen on 127.0.0.1.",
  web_config_invalid: "The web configuration file (TLS, users) is wrong. The message names what.",
  host_not_allowed:
    "The request's Host header names no host of this server (protection against DNS rebinding). Add it to web.allowed_hosts.",
  origin_not_allowed:
    "A request that changes something came from another site. Send it from the dashboard itself, or with the CLI token.",
  credentials_required: "The request carries no valid user or token.",
  data_dir_unusable:
    "The data directory cannot be made or written. Choose another with --data-dir, or mend its permissions.",
  bad_parameter: "A parameter of the request is missing or wrong. The message names it.",
  query_cancelled: "The client went away, or the server is stopping.",
  body_too_large: "The request's body is larger than this route accepts.",
  engine_gone: "The storage engine stopped unexpectedly and is being restarted. Try again in a few seconds.",
  engine_overloaded: "Too much work is waiting for the engine. Try again later.",
  admin_api_disabled:
    "The admin API of the store is off. Switch it on with `web.enable_admin_api: true` or `--web.enable-admin-api`; snapshots are also made by `dmon backup`.",
  state_newer:
    "The file state.db was written by a newer version of this program. Start that version again, or restore a backup.",
  dashboard_conflict:
    "The dashboard was changed by someone else since it was opened. Load it again and repeat the change.",
  dashboard_invalid: "A dashboard's file or document cannot be read. The message says where.",
  not_found: "There is nothing at this path.",
} as const;
