/** Reads the text of `/proc/mdstat`. */

export interface MdArray {
  readonly name: string;
  readonly state: "active" | "inactive" | "recovering" | "resync" | "check";
  readonly activeDisks: number;
  /** Disks that make the array whole; 0 where it is not known. */
  readonly requiredDisks: number;
  readonly failedDisks: number;
  readonly spareDisks: number;
  /** KiB. */
  readonly blocks: number;
  /** KiB of them that are in step; all where nothing is being repaired. */
  readonly blocksSynced: number;
}

const ARRAY = /^(\S+)\s*:\s*(active|inactive)\b(.*)$/;
const BLOCKS = /(\d+) blocks/;
/** `[3/2] [U_U]`: required, working. */
const HEALTH = /\[(\d+)\/(\d+)\]\s*\[[U_.]+\]/;
const PROGRESS = /(recovery|resync|check|reshape)\s*=\s*[\d.]+%\s*\((\d+)\/\d+\)/;
const WAITING = /(?:recovery|resync|check|reshape)\s*=\s*(?:PENDING|DELAYED)/;
const WORKING_ON: Readonly<Record<string, MdArray["state"]>> = {
  recovery: "recovering",
  reshape: "resync",
  resync: "resync",
  check: "check",
};

export function parseMdstat(text: string): MdArray[] {
  const lines = text.split("\n");
  const arrays: MdArray[] = [];
  lines.forEach((line, i) => {
    const match = ARRAY.exec(line);
    if (match === null || match[1] === "Personalities") return;
    // What follows, up to the next array or the end, is indented.
    let end = i + 1;
    while (end < lines.length && /^\s+\S/.test(lines[end]!)) end++;
    arrays.push(
      parseArray(match[1]!, match[2] as "active" | "inactive", match[3]!, lines.slice(i + 1, end).join("\n")),
    );
  });
  return arrays;
}

function parseArray(name: string, base: "active" | "inactive", members: string, details: string): MdArray {
  const count = (pattern: RegExp) => members.match(pattern)?.length ?? 0;
  const blocks = Number(BLOCKS.exec(details)?.[1] ?? 0);
  const health = HEALTH.exec(details);
  const failedDisks = count(/\(F\)/g);
  const spareDisks = count(/\(S\)/g);
  const disks = count(/\[\d+\]/g);
  const progress = PROGRESS.exec(details);
  const waiting = WAITING.test(details);
  // An array without redundancy has no such brackets: all its disks are needed and all work.
  const unbracketed = base === "active" ? disks - failedDisks - spareDisks : 0;
  return {
    name,
    state: progress !== null ? WORKING_ON[progress[1]!]! : waiting ? "resync" : base,
    activeDisks: health === null ? unbracketed : Number(health[2]),
    requiredDisks: health === null ? unbracketed : Number(health[1]),
    failedDisks,
    spareDisks,
    blocks,
    blocksSynced: progress !== null ? Number(progress[2]) : waiting ? 0 : blocks,
  };
}
