/** Codes that the command line throws itself; `docs/errors.md` is kept equal to them by a test. */
export const CLI_ERRORS = {
  server_unreachable:
    "No server answers at the address given by --server or DMON_SERVER. Start one with `dmon start`, or give its address.",
  server_refused: "The server answered with an error that has no code of its own. The message holds its words.",
  bad_rule_test: "A file of rule unit tests cannot be read, or a key or value in it is wrong. The message says which.",
  bad_argument: "An argument or option of a command is wrong. The message names it; `dmon COMMAND --help` explains.",
  token_unreadable:
    "The command needs the token of the server on this machine, and its file `cli.token` belongs to another user. Run the command as that user (the message names them), or give the token by --token or DMON_TOKEN.",
  no_terminal:
    "`dmon top` was started where there is no terminal to draw on. Start it in one, or take a reading with `dmon snapshot`.",
} as const;
