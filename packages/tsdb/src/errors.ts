/** Codes that this package throws, with what each means and what to do. `docs/errors.md` is kept equal by a test. */
export const TSDB_ERRORS = {
  bad_regex:
    "A label matcher's regular expression is not valid RE2. Correct the expression; the message names the place.",
  backup_failed:
    "A backup could not be written or did not verify. The message names the file; free space or choose another target.",
  disk_full:
    "The disk of the data directory is full. What is collected stays in memory and is written once there is room: free some space, or lower `storage.retention` or `storage.max_size`.",
  restore_failed: "A backup could not be restored: it is incomplete, damaged, or the target directory is not empty.",
  store_busy: "A file of the store is being read by a backup for longer than was waited. Try again when it is done.",
  store_closed: "The store was used after it was closed.",
  store_io: "Reading or writing a file of the store failed. The message names the file and the system's error.",
  store_locked: "Another process has this data directory open. Stop it, or choose another directory with --data-dir.",
  store_newer:
    "The store was written by a newer version of the program. Use that version, or restore a backup made before.",
  tier_cannot_answer:
    "The function needs raw samples, which are no longer kept that far back. Shorten the range, or use a function of the tier table (docs/formats/tiers.md).",
} as const;
