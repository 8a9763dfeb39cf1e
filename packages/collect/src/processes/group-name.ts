/**
 * Under which name a process is counted.
 *
 * As process-exporter's `{{.Comm}}`, with three exceptions that would otherwise hide what people look for: kernel threads are
 * named for what they are, not for the CPU or device they serve; a name that the kernel cut at 15 characters is completed from
 * the command line; and a runtime that renames its first thread goes by its program.
 */

const CUT_LENGTH = 15;
/** Names that runtimes give to their first thread. */
const THREAD_NAMES = new Set(["MainThread", "node-MainThread"]);

/**
 * @param name        the kernel's name of the process
 * @param commandLine its arguments joined by spaces; "" where it has none
 */
export function groupName(name: string, commandLine: string, isKernelThread: boolean): string {
  if (isKernelThread) return name.replace(/[/:-].*$|\d+$/, "") || name;
  const cut = name.length === CUT_LENGTH;
  if (!cut && !THREAD_NAMES.has(name)) return name;
  const program = commandLine.split(" ", 1)[0]!.replace(/^.*\//, "").replace(/:$/, "");
  const fits = cut ? program.startsWith(name) : program !== "";
  return fits ? program : name;
}
