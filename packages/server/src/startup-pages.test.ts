import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { releaseCode, unchangedFileRanges } from "./startup-pages.ts";

/** As on Linux 6.18, with the lines that matter. */
const mapping = (head: string, rss: number, anonymous = 0, dirty = 0) =>
  `${head}\nSize:              41956 kB\nRss:               ${rss} kB\nPss:               14000 kB\nShared_Clean:      20000 kB\nPrivate_Dirty:         ${dirty} kB\nAnonymous:             ${anonymous} kB\nVmFlags: rd ex mr mw me\n`;

it("takes what is a file's, and unchanged", () => {
  const smaps = [
    mapping("00400000-00746000 r--p 00000000 fe:00 5375871                            /opt/node/bin/node", 3352),
    mapping("0074a000-03044000 r-xp 0034a000 fe:00 5375871                            /opt/node/bin/node", 29712),
    mapping(
      "06b52000-06b7c000 r--p 06751000 fe:00 5375871                            /opt/node/bin/node",
      168,
      168,
      168,
    ),
    mapping("06b7c000-06bb6000 rw-p 0677b000 fe:00 5375871                            /opt/node/bin/node", 232),
    mapping("2d2a0000-2f4d9000 rw-p 00000000 00:00 0                                  [heap]", 11184, 11184, 11184),
    mapping("3a000000-3a100000 r--p 00000000 00:00 0 ", 1024),
    mapping("7f6d68512000-7f6d68578000 r-xp 00066000 fe:00 5374967                    /opt/koffi.node", 312),
    mapping("7f6dc4099000-7f6dc419a000 r-xp 00099000 fe:00 339903                     /usr/lib/a b.so", 668, 4, 4),
    mapping("7f6dc4288000-7f6dc42fc000 r-xp 00010000 fe:00 339704                     /usr/lib/libm.so.6", 64),
    mapping("7f6dc5000000-7f6dc5100000 r--s 00000000 fe:00 339705                     /data/shared", 1024),
    mapping("7ffd1a5c8000-7ffd1a5ca000 r-xp 00000000 00:00 0                          [vdso]", 1024),
  ];
  expect(unchangedFileRanges(smaps.join(""))).toEqual([
    { start: 0x400000, length: 0x346000 },
    { start: 0x74a000, length: 0x28fa000 },
    { start: 0x7f6d68512000, length: 0x66000 },
  ]);
});

it.skipIf(!existsSync("/proc/self/smaps"))("leaves less of this process resident, which goes on", () => {
  const kbOf = (what: string) =>
    Number(new RegExp(`^Rss${what}:\\s+(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "latin1"))?.[1]);
  const [onDisk, inMemory] = [kbOf("File"), kbOf("Shmem")];
  releaseCode();
  // Of files on a tmpfs, as in an image that is in memory, whole large pages come back with the first byte of them.
  if (onDisk > inMemory) expect(kbOf("File")).toBeLessThan(onDisk * 0.8);
  else expect(kbOf("Shmem")).toBeLessThan(inMemory);
  expect(JSON.parse(JSON.stringify({ still: ["here", /a+/.exec("caat")?.[0]] }))).toEqual({ still: ["here", "aa"] });
});
