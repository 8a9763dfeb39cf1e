/** The codes that this package throws, each with its meaning and what to do about it. */
export const COLLECT_ERRORS = {
  host_read:
    "A file of the watched host could not be read. The message names it; check that it exists and that the program may read it (in a container: that the host's /proc and /sys are mounted).",
  bad_pattern:
    "A pattern of the configuration is not a valid RE2 regular expression, or two that exclude each other were given. Correct the named pattern.",
} as const;
