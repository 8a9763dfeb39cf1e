/** Numbers for the sources of this process: collectors, scraped targets. Never given twice. */
import type { SourceId } from "@dmon/model";

let last = 0;

export function nextSourceId(): SourceId {
  last++;
  return last;
}
