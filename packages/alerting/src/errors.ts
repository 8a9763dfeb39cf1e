/** Codes that this package throws; `docs/errors.md` is kept equal to them by a test. */
export const ALERTING_ERRORS = {
  bad_rule_file:
    "A rule file cannot be read, or a rule in it is wrong. The message names file, group and rule; `dmon rules check FILE` shows all problems.",
  bad_template:
    "The text of a label or an annotation is no valid Go template, or it failed when it was filled in. The message says where.",
} as const;
